package io.modelmill.inference.placement;

import io.modelmill.inference.model.Signature;
import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Termination;
import java.nio.file.Path;
import java.util.List;

/** A process that a version takes with it: {@code DIRECTORY load|run|stop ID}. */
final class DyingProcess {
    static final int EXIT_CODE = 99;

    private DyingProcess() {}

    public static void main(String[] arguments) {
        long id = Long.parseLong(arguments[2]);
        FaultJournal journal = new FaultJournal(Path.of(arguments[0]), 2);
        switch (arguments[1]) {
            case "load" -> {
                try (FaultJournal.Loading _ = journal.loading(id)) {
                    Runtime.getRuntime().halt(EXIT_CODE);
                }
            }
            case "run" -> {
                try (FaultJournal.Loading _ = journal.loading(id + 1)) {
                    journal.begin(0, id + 2);
                    journal.end(0);
                }
                RunResult _ = journal.watching(id, new Halting()).run(1, List.of(), List.of(), new Termination());
            }
            default -> {
                journal.begin(0, id);
                journal.close();
            }
        }
    }

    private record Halting() implements GraphRunner {
        @Override
        public Signature signature() {
            return Signature.UNREAD;
        }

        @Override
        public int concurrency() {
            return 2;
        }

        @Override
        public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
            Runtime.getRuntime().halt(EXIT_CODE);
            throw new AssertionError("halted");
        }
    }
}
