package io.modelmill.servicekit.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * An event that waits to be sent.
 *
 * @param id rises with each event of a key
 */
record OutboxRow(long id, OutboxEvent event, @Nullable String traceparent, Instant createTime) {
    /** The event as a CloudEvent of Kafka. */
    ProducerRecord<String, byte[]> record(String source) {
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(event.topic(), event.key(), event.payload());
        record.headers()
                .add("ce_specversion", "1.0".getBytes(UTF_8))
                .add("ce_id", Long.toString(id).getBytes(UTF_8))
                .add("ce_source", source.getBytes(UTF_8))
                .add("ce_type", event.type().getBytes(UTF_8))
                .add("ce_subject", event.key().getBytes(UTF_8))
                .add("ce_time", createTime.toString().getBytes(UTF_8))
                .add("content-type", "application/protobuf".getBytes(UTF_8));
        if (traceparent != null) {
            record.headers().add("traceparent", traceparent.getBytes(UTF_8));
        }
        return record;
    }
}
