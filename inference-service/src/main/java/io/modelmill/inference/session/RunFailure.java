package io.modelmill.inference.session;

import ai.onnxruntime.OrtException;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a failed run means for the caller. */
final class RunFailure {
    private static final int LONGEST_MESSAGE = 400;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private RunFailure() {}

    /**
     * A request that passed the signature's checks can still be one that the graph cannot work on, such as two inputs
     * whose variable axes differ or an index beyond a table: a node then refuses it. Memory and device are ours.
     */
    static RuntimeException toServiceException(String session, OrtException failure) {
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        String lower = message.toLowerCase(Locale.ROOT);
        if (lower.contains("bad_alloc") || lower.contains("allocate memory") || lower.contains("out of memory")) {
            return memoryExhausted();
        }
        boolean device = lower.contains("cuda") || lower.contains("cudnn") || lower.contains("cublas");
        return switch (failure.getCode()) {
            case ORT_INVALID_ARGUMENT, ORT_FAIL, ORT_RUNTIME_EXCEPTION ->
                device
                        ? fault(session, failure)
                        : new ServiceException(
                                InferenceReason.RUN_REFUSED,
                                "the graph cannot work on these inputs: " + firstLine(message));
            case ORT_NOT_IMPLEMENTED ->
                new ServiceException(
                        InferenceReason.DATATYPE_NOT_CARRIED, "ONNX Runtime cannot do this: " + firstLine(message));
            default -> fault(session, failure);
        };
    }

    /** Too little memory, now. */
    static ServiceException memoryExhausted() {
        return new ServiceException(
                InferenceReason.MEMORY_EXHAUSTED,
                "the run needed more memory than there is",
                List.of(),
                Optional.of(RETRY_AFTER));
    }

    /** The run's {@link Termination} was asked for. */
    static ServiceException terminated() {
        return new ServiceException(InferenceReason.RUN_TERMINATED, "the run was ended, nobody waited for it any more");
    }

    /** The device failed in an earlier run: another replica can answer, this one cannot. */
    static ServiceException deviceFailed() {
        return new ServiceException(
                InferenceReason.REPLICA_NOT_READY,
                "the device of this replica failed",
                List.of(),
                Optional.of(RETRY_AFTER));
    }

    private static IllegalStateException fault(String session, OrtException failure) {
        return new IllegalStateException(session + ": run failed", failure);
    }

    static String firstLine(String message) {
        String line = message.lines().findFirst().orElse("");
        return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + "...";
    }
}
