package io.modelmill.worker.failure;

import io.modelmill.dataset.BadDataException;

/**
 * How an attempt failed, as training-service is told.
 *
 * @param jobAtFault whether a retry is useless
 * @param message one or a few sentences for the tenant
 */
public record FailureReport(boolean jobAtFault, String message) {
    private static final int LONGEST_LINE = 500;

    /** The report of anything thrown. Messages of native code carry a C++ backtrace: only their first line is told. */
    public static FailureReport of(Throwable failure) {
        return switch (failure) {
            case JobFailedException job -> new FailureReport(true, messageOf(job));
            case BadDataException data -> new FailureReport(true, messageOf(data));
            case PlatformFailedException platform -> new FailureReport(false, messageOf(platform));
            case OutOfMemoryError memory ->
                new FailureReport(
                        true,
                        "the job needs more memory than the worker has (%s; heap %d MiB): use fewer rows, a smaller network or a smaller batch"
                                .formatted(
                                        firstLine(memory), Runtime.getRuntime().maxMemory() >> 20));
            default ->
                new FailureReport(
                        false, "unexpected " + failure.getClass().getSimpleName() + ": " + firstLine(failure));
        };
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
}
