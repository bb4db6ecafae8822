package io.modelmill.worker.evaluate;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What is gathered about a network's output while rows go by. Memory does not grow with the rows. */
interface Measures {
    /** Takes a batch. */
    void add(Tensor output, Tensor target);

    /** Those that cost little, for each epoch. */
    Map<String, Double> brief();

    /** All that are one number. */
    Map<String, Double> full();

    /** What an answer without a look at the row measures on the same rows. */
    Map<String, Double> baseline();

    /** What the baseline answers, in words. */
    String baselineAnswer();

    /** What is no single number, such as the confusion matrix: maps, lists, texts and numbers. */
    Map<String, Object> details();
}
