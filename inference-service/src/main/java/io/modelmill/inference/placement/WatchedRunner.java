package io.modelmill.inference.placement;

import io.modelmill.inference.model.Signature;
import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Termination;
import java.util.List;

/** Notes which version each thread runs, for the case that it does not come back. Costs three stores a run. */
final class WatchedRunner implements GraphRunner {
    private final FaultJournal journal;
    private final long id;
    private final GraphRunner runner;
    /** Counted to {@link Deaths#PROVEN} only. Threads that race may lose one, which no rule minds. */
    private long completed;

    WatchedRunner(FaultJournal journal, long id, GraphRunner runner) {
        this.journal = journal;
        this.id = id;
        this.runner = runner;
    }

    @Override
    public Signature signature() {
        return runner.signature();
    }

    @Override
    public int concurrency() {
        return runner.concurrency();
    }

    @Override
    public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
        journal.begin(thread, id, completed);
        try {
            return runner.run(thread, inputs, outputs, termination);
        } finally {
            journal.end(thread);
            if (completed < Deaths.PROVEN) {
                completed++;
            }
        }
    }
}
