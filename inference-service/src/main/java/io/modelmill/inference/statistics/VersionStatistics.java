package io.modelmill.inference.statistics;

/**
 * Where a loaded version's measures are noted, by those who take them. Times are in nanoseconds. All methods may be called
 * by many threads at once and take well under a microsecond.
 */
public interface VersionStatistics {
    /** A request was asked of the version. Exactly one call of {@link #answered} or {@link #failed} follows. */
    void requested();

    /**
     * A request was answered.
     *
     * @param rows of the request; 1 if its inputs have no axis of rows
     * @param queue time that it waited for its batch
     * @param gather time that the inputs of its batch took to be put together
     * @param compute time of its batch's run
     * @param scatter time that its answer took to be written
     */
    void answered(int rows, long queue, long gather, long compute, long scatter);

    /**
     * A request ended without an answer.
     *
     * @param duration since the request came
     */
    void failed(FailureKind kind, long duration);

    /**
     * A batch ran and was answered.
     *
     * @param requests in it
     * @param rows in it, without padding; 1 if the inputs have no axis of rows
     * @param scatter time that the answers of all its requests took to be written
     */
    void ran(int requests, int rows, long gather, long compute, long scatter);
}
