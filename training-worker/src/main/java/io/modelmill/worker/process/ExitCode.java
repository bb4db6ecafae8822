package io.modelmill.worker.process;

/** How the process ends, for the runner that started it. */
public enum ExitCode {
    /** training-service knows the outcome, whichever it is. */
    OUTCOME_REPORTED(0),
    /** training-service could not be told the outcome, or what to do was never learned. */
    OUTCOME_UNREPORTED(70),
    /** The lease ended before it could be renewed. */
    LEASE_EXPIRED(75),
    /** The attempt is over: another holds the job, or the job is terminal. */
    FENCED(76),
    /** The environment lacks something. */
    MISCONFIGURED(78);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    /** The process's exit code. */
    public int code() {
        return code;
    }
}
