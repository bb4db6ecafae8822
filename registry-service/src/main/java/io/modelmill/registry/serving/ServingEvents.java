package io.modelmill.registry.serving;

import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.outbox.Outbox;
import io.modelmill.servicekit.outbox.OutboxEvent;
import org.jdbi.v3.core.Handle;

/** Events that tell replicas a model's new serving state. */
public final class ServingEvents {
    /** Compacted, keyed by the model's resource name. */
    public static final String TOPIC = "modelmill.model-versions.v1";

    /** What topic and producer take; an event that is larger would hold up all that follow it for ever. */
    public static final int LARGEST_EVENT = 8 << 20;

    private ServingEvents() {}

    /**
     * Adds the event to the transaction that changed the model, as its last step: it reads what the transaction wrote.
     *
     * @throws ServiceException FAILED_PRECONDITION if the state no longer fits an event; nothing has changed then
     */
    public static void append(Handle transaction, ModelKey model) {
        byte[] payload = ModelVersionsEvent.newBuilder()
                .setServingState(ServingProtoMapper.toProto(ServingStates.read(transaction, model)))
                .build()
                .toByteArray();
        if (payload.length > LARGEST_EVENT) {
            throw new ServiceException(
                    RegistryReason.SERVING_STATE_TOO_LARGE,
                    "serving state of \"" + model.name() + "\": " + payload.length + " bytes (expected: at most "
                            + LARGEST_EVENT + ")");
        }
        Outbox.append(transaction, new OutboxEvent(TOPIC, model.name(), TOPIC, payload));
    }
}
