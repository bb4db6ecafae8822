package io.modelmill.inference.protocol;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelNames;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.placement.Replica;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.security.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** The models of this replica as the caller of the current call sees them. */
final class CalledModels {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Replica replica;
    private final ModelNames names;

    CalledModels(Replica replica) {
        this.replica = replica;
        this.names = replica.names();
    }

    /**
     * The model of that name.
     *
     * @param field where the name came from, for the error
     * @throws ServiceException NOT_FOUND if the caller may call no such model, UNAVAILABLE if this replica does not know the
     *     models yet
     */
    ServedModel require(String name, String field) {
        requireInformed();
        return names.require(Caller.current(), name, field);
    }

    /** All models that the caller may call, by the name that it calls them by. */
    SortedMap<String, ServedModel> all() {
        requireInformed();
        return names.callable(Caller.current(), replica.placements().known());
    }

    /**
     * Takes the model's versions out of service.
     *
     * @throws ServiceException FAILED_PRECONDITION if no caller decides that here
     */
    void withdraw(ServedModel model) {
        replica.withdraw(model.key());
    }

    /** Ends a withdrawal; does nothing if there is none. */
    void restore(ServedModel model) {
        replica.restore(model.key());
    }

    /** Whether the caller may see what others do with the model. */
    boolean isOwn(ServedModel model) {
        return names.isOwn(Caller.current(), model);
    }

    private void requireInformed() {
        if (!replica.isInformed()) {
            throw new ServiceException(
                    InferenceReason.REPLICA_NOT_READY,
                    "this replica does not know the models yet",
                    List.of(),
                    Optional.of(RETRY_AFTER));
        }
    }
}
