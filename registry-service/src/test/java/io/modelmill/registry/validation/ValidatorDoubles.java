package io.modelmill.registry.validation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Validators that end in all ways that a model can bring about. They refuse what they look at. */
final class ValidatorDoubles {
    /** What a shell would see of a process that died of SIGSEGV. */
    private static final int SEGMENTATION_FAULT = 128 + 11;

    private ValidatorDoubles() {}

    private static ValidationRequest next() throws IOException {
        return ValidationRequest.read(Frames.read(System.in).orElseThrow());
    }

    private static void answer(String fault) throws IOException {
        Frames.write(System.out, new ValidationReport(null, fault).write());
    }

    private static void killMyself() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
        new CountDownLatch(1).await();
    }

    static final class Hanging {
        private Hanging() {}

        public static void main(String[] arguments) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    static final class Crashing {
        private Crashing() {}

        public static void main(String[] arguments) throws IOException {
            next();
            Runtime.getRuntime().halt(SEGMENTATION_FAULT);
        }
    }

    static final class CrashingTheSecondTime {
        private CrashingTheSecondTime() {}

        public static void main(String[] arguments) throws IOException {
            next();
            answer("looked at");
            next();
            Runtime.getRuntime().halt(SEGMENTATION_FAULT);
        }
    }

    static final class Killed {
        private Killed() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            Path mark = Path.of(next().folder(), "killed");
            if (!Files.exists(mark)) {
                Files.createFile(mark);
                killMyself();
            }
            answer("looked at");
            new CountDownLatch(1).await();
        }
    }

    static final class KilledAlways {
        private KilledAlways() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            next();
            killMyself();
        }
    }

    static final class Ending {
        private Ending() {}

        public static void main(String[] arguments) throws IOException {
            next();
        }
    }

    static final class Babbling {
        private Babbling() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            next();
            System.out.println("no report, but a line of text");
            System.out.flush();
            new CountDownLatch(1).await();
        }
    }

    static final class Greedy {
        private Greedy() {}

        public static void main(String[] arguments) throws IOException {
            next();
            List<byte[]> kept = new ArrayList<>();
            while (kept.size() < Integer.MAX_VALUE) {
                kept.add(new byte[1 << 20]);
            }
        }
    }

    static final class Spying {
        private Spying() {}

        public static void main(String[] arguments) throws IOException {
            next();
            answer(System.getenv().keySet().toString());
        }
    }
}
