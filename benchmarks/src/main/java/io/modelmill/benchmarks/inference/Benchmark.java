package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.model.ModelFolder;
import java.util.List;

/** One of the questions that are asked of inference-service. */
interface Benchmark {
    /** What is asked, in a line. */
    String title();

    /** Adds the models that it needs to those which are served when it is run. */
    void prepare(ModelFolder folder) throws InterruptedException;

    /** Measures. */
    List<Figure> run(Bench bench) throws InterruptedException;
}
