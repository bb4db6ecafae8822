package io.modelmill.registry.validation;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.registry.validation.ValidatorAnswer.Cause;
import io.modelmill.registry.validation.ValidatorAnswer.Gone;
import io.modelmill.registry.validation.ValidatorAnswer.Reported;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Validators that wait for versions: as many as were ever needed at a time. One is started when none waits, and ends when it has
 * waited for long, has looked at many versions, or is gone.
 */
final class ValidatorPool {
    private static final Logger LOG = Logger.getLogger(ValidatorPool.class);

    private final ValidatorCommand command;
    private final ValidatorLimits limits;
    private final ValidationFolders folders;
    private final MeterRegistry meters;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final ScheduledThreadPoolExecutor reaper = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("validator-reaper").factory());
    private boolean closed;

    ValidatorPool(ValidatorCommand command, ValidatorLimits limits, ValidationFolders folders, MeterRegistry meters) {
        this.command = command;
        this.limits = limits;
        this.folders = folders;
        this.meters = meters;
        reaper.setRemoveOnCancelPolicy(true);
    }

    /**
     * Lets a validator look at a version. If that is gone then, and the version need not be the cause, a fresh one looks
     * once more: earlier versions may have left it broken, and others may have killed it.
     */
    ValidationOutcome validate(ValidationRequest request) throws IOException, InterruptedException {
        ValidatorProcess first = take();
        boolean fresh = first.isFresh();
        ValidatorAnswer answer = ask(first, request);
        if (answer instanceof Gone gone && (!fresh || gone.cause() == Cause.KILLED)) {
            LOG.infof("a fresh validator looks at the version once more: %s", gone.reason());
            answer = ask(start(), request);
        }
        return switch (answer) {
            case Gone gone -> new ValidationOutcome.Refused(gone.reason());
            case Reported(ValidationReport report) -> outcome(report);
        };
    }

    private static ValidationOutcome outcome(ValidationReport report) throws IOException {
        if (report.fault() != null) {
            return new ValidationOutcome.Refused(report.fault());
        }
        if (report.signature() == null) {
            throw new IOException("the validation's report says nothing");
        }
        return new ValidationOutcome.Accepted(report.signature());
    }

    private ValidatorAnswer ask(ValidatorProcess process, ValidationRequest request)
            throws IOException, InterruptedException {
        boolean reported = false;
        try {
            ValidatorAnswer answer = process.ask(request);
            reported = answer instanceof Reported;
            if (answer instanceof Gone gone) {
                countEnd(gone.cause().name());
            }
            return answer;
        } finally {
            if (reported && process.isUsable() && keep(process)) {
                LOG.debugf("a validator waits for the next version");
            } else {
                if (reported) {
                    countEnd("retired");
                }
                end(process);
            }
        }
    }

    private void countEnd(String cause) {
        meters.counter("modelmill.validation.process.ends", "cause", cause.toLowerCase(Locale.ROOT))
                .increment();
    }

    private ValidatorProcess take() throws IOException, InterruptedException {
        while (true) {
            Waiting found;
            synchronized (waiting) {
                found = waiting.pollFirst();
            }
            if (found == null) {
                return start();
            }
            found.end().cancel(false);
            if (found.process().isUsable()) {
                return found.process();
            }
            countEnd(Cause.KILLED.name());
            end(found.process());
        }
    }

    private ValidatorProcess start() throws IOException {
        Path home = folders.make();
        try {
            return ValidatorProcess.start(command, home, limits);
        } catch (IOException failure) {
            folders.remove(home);
            throw failure;
        }
    }

    private boolean keep(ValidatorProcess process) {
        synchronized (waiting) {
            if (closed) {
                return false;
            }
            ScheduledFuture<?> end =
                    reaper.schedule(() -> endIdle(process), limits.idle().toMillis(), TimeUnit.MILLISECONDS);
            waiting.addFirst(new Waiting(process, end));
            return true;
        }
    }

    private void endIdle(ValidatorProcess process) {
        boolean waited;
        synchronized (waiting) {
            waited = waiting.removeIf(idle -> idle.process() == process);
        }
        if (waited) {
            try {
                countEnd("idle");
                end(process);
            } catch (IOException e) {
                LOG.warnf("%s: not removed: %s", process.home(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void end(ValidatorProcess process) throws IOException, InterruptedException {
        process.kill();
        folders.remove(process.home());
    }

    /** Ends those that wait; one that looks at a version is ended by whoever asked it. */
    void close() throws IOException, InterruptedException {
        reaper.shutdownNow();
        Deque<Waiting> left;
        synchronized (waiting) {
            closed = true;
            left = new ArrayDeque<>(waiting);
            waiting.clear();
        }
        for (Waiting idle : left) {
            end(idle.process());
        }
    }

    /** @param end takes place unless it is cancelled */
    private record Waiting(ValidatorProcess process, ScheduledFuture<?> end) {}
}
