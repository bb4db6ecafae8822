package io.modelmill.servicekit.outbox;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/** The table of events that are true and not yet sent. Its migration is {@code db/servicekit}. */
public final class Outbox {
    private static final String TRACEPARENT = "traceparent";

    private Outbox() {}

    /**
     * Adds an event to the caller's transaction: it is sent if and only if that commits. The caller must hold the lock of
     * the row that the event is about, or two transactions could append events of one key in another order than they
     * commit.
     */
    public static void append(Handle transaction, OutboxEvent event) {
        Map<String, String> trace = new HashMap<>();
        W3CTraceContextPropagator.getInstance().inject(Context.current(), trace, (carrier, key, value) -> {
            if (carrier != null) {
                carrier.put(key, value);
            }
        });
        transaction
                .createUpdate("INSERT INTO outbox_event (topic, key, type, payload, traceparent)"
                        + " VALUES (:topic, :key, :type, :payload, :traceparent)")
                .bind("topic", event.topic())
                .bind("key", event.key())
                .bind("type", event.type())
                .bind("payload", event.payload())
                .bind(TRACEPARENT, trace.get(TRACEPARENT))
                .execute();
    }
}
