package io.modelmill.fleet.process;

import java.time.Duration;

/** Something that runs as a process of its own and can be started again and again. */
public interface Server {
    /** Name shown to people; its log is {@code NAME.log}. */
    String name();

    /** Where callers reach it. */
    String address();

    /**
     * Starts a process.
     *
     * @throws RuntimeException if none could be started
     */
    Running start();

    /** How to find out whether it can answer. */
    Readiness readiness();

    /** Whether its child processes are parts of it, so that it cannot start again before they have gone. */
    default boolean isOneWithChildren() {
        return false;
    }

    /** A process that was started. */
    interface Running {
        /** The process, or the first of them. */
        ProcessHandle handle();

        /**
         * Ends the process: politely, and after the grace by force. It is gone when this returns, and what belonged to it
         * is released, also if it was gone before.
         */
        void stop(Duration grace);

        /** How it ended, such as {@code exit 137}. */
        String outcome();
    }
}
