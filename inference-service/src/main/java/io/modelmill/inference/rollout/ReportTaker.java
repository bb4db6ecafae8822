package io.modelmill.inference.rollout;

import java.time.Duration;
import java.util.Optional;

/** Who takes reports: the registry. */
interface ReportTaker {
    /**
     * Tells it; returns once it is taken.
     *
     * @return empty if the session is not known any more, and all is to be told anew
     * @throws io.grpc.StatusRuntimeException if the registry does not answer or does not take it
     */
    Optional<Taken> take(ReplicaReport report);

    /**
     * The registry's answer.
     *
     * @param session to go on with; empty after the last report
     * @param lease how long it may hear nothing
     */
    record Taken(String session, Duration lease) {}
}
