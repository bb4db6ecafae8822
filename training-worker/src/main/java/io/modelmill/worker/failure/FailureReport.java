package io.modelmill.worker.failure;

import io.modelmill.dataset.BadDataException;
import java.util.List;

/**
 * How an attempt failed, as training-service is told.
 *
 * @param cause whose fault it is
 * @param message one or a few sentences for the tenant
 */
public record FailureReport(Cause cause, String message) {
    private static final int LONGEST_LINE = 500;

    private static final List<String> ALLOCATION_FAILURES =
            List.of("can't allocate memory", "not enough memory", "out of memory", "std::bad_alloc");

    /** The report of anything thrown. Messages of native code carry a C++ backtrace: only their first line is told. */
    public static FailureReport of(Throwable failure) {
        return switch (failure) {
            case JobFailedException job -> new FailureReport(Cause.JOB, messageOf(job));
            case BadDataException data -> new FailureReport(Cause.JOB, messageOf(data));
            case PlatformFailedException platform -> new FailureReport(Cause.PLATFORM, messageOf(platform));
            case OutOfMemoryError memory -> new FailureReport(Cause.MEMORY, hungry(memory));
            default ->
                isAllocation(failure)
                        ? new FailureReport(Cause.MEMORY, hungry(failure))
                        : new FailureReport(
                                Cause.PLATFORM,
                                "unexpected " + failure.getClass().getSimpleName() + ": " + firstLine(failure));
        };
    }

    /** libtorch throws what JavaCPP makes a plain exception of; only its text tells. */
    private static boolean isAllocation(Throwable failure) {
        String line = firstLine(failure);
        return ALLOCATION_FAILURES.stream().anyMatch(line::contains);
    }

    private static String hungry(Throwable failure) {
        return "the job needs more memory than the worker has (%s; heap %d MiB): use fewer rows, a smaller network or a smaller batch"
                .formatted(firstLine(failure), Runtime.getRuntime().maxMemory() >> 20);
    }

    private static String messageOf(RuntimeException failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    private static String firstLine(Throwable failure) {
        String message = failure.getMessage();
        if (message == null) {
            return "no message";
        }
        String line = message.lines().findFirst().orElse("no message");
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "...";
    }

    /** Whose fault a failure is. */
    public enum Cause {
        /** The job's: a retry is useless. */
        JOB,
        /** The platform's: a retry may help. */
        PLATFORM,
        /** More memory may help. */
        MEMORY
    }
}
