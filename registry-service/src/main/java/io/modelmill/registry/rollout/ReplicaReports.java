package io.modelmill.registry.rollout;

import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Takes what replicas tell. A session belongs to one process: what an earlier one under the same name sent and that comes
 * late is refused, and so is what comes after the replica was forgotten; it then tells all anew.
 */
@ApplicationScoped
public class ReplicaReports {
    private static final Logger LOG = Logger.getLogger(ReplicaReports.class);
    /** Spares a replica that was only late the telling of all its models. */
    private static final Duration KEPT_AFTER_LEASE = Duration.ofMinutes(1);

    private final Jdbi jdbi;
    private final RolloutConfig config;
    private final RolloutWatch watch;

    ReplicaReports(Jdbi jdbi, RolloutConfig config, RolloutWatch watch) {
        this.jdbi = jdbi;
        this.config = config;
        this.watch = watch;
    }

    /**
     * Takes a report; one that comes again or out of order changes nothing.
     *
     * @return the session to go on with; empty if the replica leaves
     * @throws ServiceException NOT_FOUND if the session is not the replica's
     */
    public Optional<UUID> take(ReplicaReport report) {
        Optional<UUID> session = jdbi.inTransaction(transaction -> take(transaction, report));
        watch.wake();
        return session;
    }

    private Optional<UUID> take(Handle transaction, ReplicaReport report) {
        PostgresReplicaStore.reviveIfNobodyIsThere(transaction, config.lease());
        UUID session = report.session().orElseGet(UUID::randomUUID);
        if (report.session().isEmpty()) {
            PostgresReplicaStore.open(transaction, report.replica(), session, report.sequence(), config.lease());
        } else if (!PostgresReplicaStore.renew(
                transaction, report.replica(), session, report.sequence(), config.lease())) {
            if (PostgresReplicaStore.isSession(transaction, report.replica(), session)) {
                return Optional.of(session);
            }
            if (report.leaving()) {
                return Optional.empty();
            }
            throw new ServiceException(
                    RegistryReason.REPLICA_SESSION_UNKNOWN,
                    "session: \"" + session + "\" is not that of replica \"" + report.replica()
                            + "\" (expected: the one answered last, or none to begin)");
        }
        if (report.leaving()) {
            PostgresReplicaStore.delete(transaction, report.replica(), session);
            return Optional.empty();
        }
        PostgresReplicaStore.remove(transaction, report.replica(), report.removed());
        PostgresReplicaStore.put(transaction, report.replica(), report.models());
        return Optional.of(session);
    }

    /** How long a replica may be silent. */
    public Duration lease() {
        return config.lease();
    }

    /** Removes what gone replicas told. */
    void sweep() {
        int gone = jdbi.withHandle(handle -> PostgresReplicaStore.deleteExpired(handle, KEPT_AFTER_LEASE));
        if (gone > 0) {
            LOG.infof("%d replicas of inference-service fell silent and are forgotten", (Object) gone);
        }
    }
}
