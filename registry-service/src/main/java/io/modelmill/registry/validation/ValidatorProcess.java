package io.modelmill.registry.validation;

import io.modelmill.registry.validation.ValidatorAnswer.Cause;
import io.modelmill.registry.validation.ValidatorAnswer.Gone;
import io.modelmill.registry.validation.ValidatorAnswer.Reported;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** A child process that looks at one version after the other, for one thread at a time. */
final class ValidatorProcess {
    private static final Logger LOG = Logger.getLogger(ValidatorProcess.class);
    private static final long LOOK_MILLIS = 50;
    private static final int SIGNALLED = 128;
    /** What others send: hang-up, interrupt, kill, terminate. All else a process brings upon itself. */
    private static final Set<Integer> SENT_BY_OTHERS = Set.of(1, 2, 9, 15);

    private static final int OUT_OF_HEAP = 3;
    private static final long PAGE_BYTES = 4096;
    private static final String LOOKING = "loading the model and running it once took ";

    private final Process process;
    private final Path home;
    private final ValidatorLimits limits;
    /** What it said; empty once it will say no more. */
    private final BlockingQueue<Optional<byte[]>> answers = new LinkedBlockingQueue<>();

    private int asked;

    private ValidatorProcess(Process process, Path home, ValidatorLimits limits) {
        this.process = process;
        this.home = home;
        this.limits = limits;
    }

    /** @param home for all that the process leaves; whoever ends it removes it */
    static ValidatorProcess start(ValidatorCommand command, Path home, ValidatorLimits limits) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command.line(home, limits.heapBytes()))
                .directory(home.toFile())
                .redirectError(errors(home).toFile());
        // The environment of a service holds secrets; the model's process gets none of it.
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(List.of("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH"));
        ValidatorProcess started = new ValidatorProcess(builder.start(), home, limits);
        Thread.ofPlatform().daemon().name("validator-" + started.process.pid()).start(started::listen);
        return started;
    }

    private static Path errors(Path home) {
        return home.resolve("errors");
    }

    private void listen() {
        try {
            Optional<byte[]> answer;
            do {
                answer = Frames.read(process.getInputStream());
                answers.add(answer);
            } while (answer.isPresent());
        } catch (EOFException e) {
            // It died within a word.
            answers.add(Optional.empty());
        } catch (IOException e) {
            LOG.debugf("validator %d said something else: %s", process.pid(), e);
            process.destroyForcibly();
            answers.add(Optional.of(new byte[0]));
        }
    }

    Path home() {
        return home;
    }

    /** Whether it has looked at nothing yet: then nothing but the next version can be the cause of its end. */
    boolean isFresh() {
        return asked == 0;
    }

    /** Whether it may look at one more. One that holds on to much memory may not. */
    boolean isUsable() {
        return process.isAlive()
                && answers.isEmpty()
                && asked < limits.versions()
                && residentBytes() < limits.memoryBytes() / 2;
    }

    /** Lets it look at a version. If it is gone afterwards, the answer says why. */
    ValidatorAnswer ask(ValidationRequest request) throws IOException, InterruptedException {
        asked++;
        try {
            Frames.write(process.getOutputStream(), request.write());
        } catch (IOException e) {
            // It is gone already; its exit status says more.
            LOG.debugf("validator %d took no request: %s", process.pid(), e);
        }
        long deadline = System.nanoTime() + limits.timeout().toNanos();
        while (true) {
            Optional<byte[]> answer = answers.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (answer != null) {
                return answer.isPresent() ? reported(answer.get()) : ended();
            }
            if (System.nanoTime() - deadline > 0) {
                return kill(Cause.TIMEOUT, "longer than " + limits.timeout().toSeconds() + " s");
            }
            if (residentBytes() > limits.memoryBytes()) {
                return kill(Cause.MEMORY, "more than " + (limits.memoryBytes() >> 20) + " MiB of memory");
            }
        }
    }

    private ValidatorAnswer reported(byte[] answer) throws InterruptedException {
        try {
            return new Reported(ValidationReport.read(answer));
        } catch (IOException e) {
            kill();
            LOG.warnf("validator %d answered what is no report: %s", process.pid(), e);
            return new Gone(Cause.CRASHED, "the model's validation answered what is no report");
        }
    }

    private Gone kill(Cause cause, String limit) throws InterruptedException {
        kill();
        return new Gone(cause, LOOKING + limit);
    }

    private Gone ended() throws IOException, InterruptedException {
        int status = process.waitFor();
        LOG.warnf("validator %d ended with status %d: %s", process.pid(), status, firstError());
        if (status == OUT_OF_HEAP) {
            return new Gone(Cause.MEMORY, LOOKING + "more than " + (limits.heapBytes() >> 20) + " MiB of heap");
        }
        int signal = status - SIGNALLED;
        if (SENT_BY_OTHERS.contains(signal)) {
            return new Gone(
                    Cause.KILLED, "the model's validation was killed (signal " + signal + "), as for want of memory");
        }
        return new Gone(
                Cause.CRASHED,
                signal > 0
                        ? "ONNX Runtime crashed on the model (signal " + signal + ")"
                        : "the model ended its validation early (status " + status + ")");
    }

    private long residentBytes() {
        try {
            String[] pages = Files.readString(Path.of("/proc/" + process.pid() + "/statm"))
                    .split(" ", -1);
            return Long.parseLong(pages[1]) * PAGE_BYTES;
        } catch (IOException e) {
            // It has just ended, or this system has no such file.
            return 0;
        }
    }

    private String firstError() throws IOException {
        try (Stream<String> lines = Files.lines(errors(home), StandardCharsets.ISO_8859_1)) {
            return lines.findFirst().orElse("no word");
        }
    }

    /** Ends it at once. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }
}
