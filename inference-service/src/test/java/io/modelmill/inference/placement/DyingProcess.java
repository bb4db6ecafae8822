package io.modelmill.inference.placement;

import io.modelmill.inference.model.Signature;
import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Termination;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A process with versions at work: {@code DIRECTORY HOW ID...}. The first version ends it with a SIGSEGV ({@code
 * crash-load}, {@code crash-run}) or an exit of native code ({@code exit-run}), or all stay at work until somebody kills
 * it ({@code load}, {@code run}, {@code run-proven}).
 */
final class DyingProcess {
    static final String AT_WORK = "at work";
    static final int EXIT_CODE = 99;

    /** Beyond the page of null, which the JVM looks after itself, and below what Linux ever maps. */
    private static final long NOWHERE = 8_192;

    private DyingProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        long[] ids = Arrays.stream(arguments).skip(2).mapToLong(Long::parseLong).toArray();
        FaultJournal journal = new FaultJournal(Path.of(arguments[0]), ids.length);
        switch (arguments[1]) {
            case "crash-load" ->
                on("version-load-0", () -> {
                    try (FaultJournal.Loading _ = journal.loading(ids[0])) {
                        crash();
                    }
                });
            case "crash-run" -> {
                work(journal, ids, 1, 0);
                on("session-run-0", () -> run(journal, 0, ids[0], DyingProcess::crash));
            }
            case "exit-run" -> {
                try (FaultJournal.Loading _ = journal.loading(ids[0] + 1)) {
                    run(journal, 0, ids[0] + 2, () -> {});
                }
                run(journal, 0, ids[0], () -> Runtime.getRuntime().halt(EXIT_CODE));
            }
            case "load" ->
                on("version-load-0", () -> {
                    FaultJournal.Loading _ = journal.loading(ids[0]);
                    sleep();
                });
            case "run" -> {
                work(journal, ids, 0, 0);
                sleep();
            }
            case "run-proven" -> {
                work(journal, ids, 0, Deaths.PROVEN);
                sleep();
            }
            default -> {
                journal.begin(0, ids[0], 0);
                journal.close();
            }
        }
    }

    /** Each version from the first on runs on its own thread and does not come back, after so many runs that did. */
    private static void work(FaultJournal journal, long[] ids, int first, int before) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(ids.length - first);
        for (int index = first; index < ids.length; index++) {
            int thread = index;
            Thread.ofPlatform().daemon().name("session-run-" + thread).start(() -> {
                Work work = new Work();
                GraphRunner watched = journal.watching(ids[thread], work);
                for (int count = 0; count < before; count++) {
                    RunResult _ = watched.run(thread, List.of(), List.of(), new Termination());
                }
                work.body = () -> {
                    running.countDown();
                    DyingProcess.sleepQuietly();
                };
                RunResult _ = watched.run(thread, List.of(), List.of(), new Termination());
            });
        }
        running.await();
    }

    private static void run(FaultJournal journal, int thread, long id, Runnable body) {
        Work work = new Work();
        work.body = body;
        RunResult _ = journal.watching(id, work).run(thread, List.of(), List.of(), new Termination());
    }

    private static void on(String thread, Body body) throws InterruptedException {
        Thread.ofPlatform()
                .name(thread)
                .start(() -> {
                    try {
                        body.run();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .join();
    }

    private static void crash() {
        MemorySegment.ofAddress(NOWHERE).reinterpret(Long.BYTES).set(ValueLayout.JAVA_LONG, 0, 1);
    }

    private static void sleep() throws InterruptedException {
        System.out.println(AT_WORK);
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void sleepQuietly() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Body {
        void run() throws InterruptedException;
    }

    private static final class Work implements GraphRunner {
        private volatile Runnable body = () -> {};

        @Override
        public Signature signature() {
            return Signature.UNREAD;
        }

        @Override
        public int concurrency() {
            return Integer.MAX_VALUE;
        }

        @Override
        public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
            body.run();
            return new NoResult();
        }
    }

    private record NoResult() implements RunResult {
        @Override
        public List<OutputTensor> outputs() {
            return List.of();
        }

        @Override
        public long gatherNanos() {
            return 0;
        }

        @Override
        public long computeNanos() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
