package io.modelmill.servicekit.outbox;

/**
 * One event to be sent.
 *
 * @param topic Kafka topic
 * @param key resource name that the event is about; events of one key are sent in the order of their appending
 * @param type CloudEvents type, such as {@code modelmill.model-versions.v1}
 * @param payload encoded protobuf message
 */
@SuppressWarnings("ArrayRecordComponent") // The bytes go straight from the encoder to the database.
public record OutboxEvent(String topic, String key, String type, byte[] payload) {}
