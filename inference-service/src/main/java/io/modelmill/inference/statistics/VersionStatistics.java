package io.modelmill.inference.statistics;

/**
 * Measures of one loaded version. They are made when it is loaded, so that a prediction looks nothing up, and leave with
 * it, so that a long-lived replica does not gather those of all versions that ever were. Times are in nanoseconds.
 */
public interface VersionStatistics {
    /** A request was asked of the version. */
    void requested();

    /**
     * A request was answered.
     *
     * @param queue time that it waited
     * @param scatter time that its answer took to be written
     */
    void answered(long queue, long scatter);

    /** A request failed, for whatever reason. */
    void failed();

    /**
     * A batch ran.
     *
     * @param requests in it
     * @param rows in it, without padding
     */
    void ran(int requests, int rows, long gather, long compute);
}
