package io.modelmill.servicekit.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class OutboxRoundsTest {
    private final Broker broker = new Broker();
    private long lastId;

    @Test
    void sendsNoEventBeforeTheOneAheadOfItIsAcknowledged() throws Exception {
        OutboxRounds.Outcome outcome = send("a1", "a2", "b1", "a3", "b2");
        assertThat(broker.sent).containsExactly("a1", "b1", "flush", "a2", "b2", "flush", "a3", "flush");
        assertThat(outcome.sent()).hasSize(5);
        assertThat(outcome.refused()).isEmpty();
        assertThat(outcome.away()).isEmpty();
    }

    @Test
    void stopsTheKeyWhoseEventIsRefusedAndNoOther() throws Exception {
        broker.refusals.put("a2", new RecordTooLargeException("too large"));
        OutboxRounds.Outcome outcome = send("a1", "a2", "a3", "b1", "b2", "b3");
        assertThat(texts(outcome.sent())).containsExactly("a1", "b1", "b2", "b3");
        assertThat(outcome.refused()).containsOnlyKeys("a");
        assertThat(outcome.away()).isEmpty();
    }

    @Test
    void isolatesKeyThatFailsForNowWhileOthersAreTaken() throws Exception {
        broker.refusals.put("a1", new TimeoutException("its partition has no leader"));
        OutboxRounds.Outcome outcome = send("b1", "a1", "a2");
        assertThat(texts(outcome.sent())).containsExactly("b1");
        assertThat(outcome.refused()).containsOnlyKeys("a");
        assertThat(outcome.away()).isEmpty();
    }

    @Test
    void blamesNoKeyForBrokerThatIsAway() throws Exception {
        broker.refusals.put("a1", new TimeoutException("no metadata"));
        broker.refusals.put("b1", new TimeoutException("no metadata"));
        OutboxRounds.Outcome outcome = send("a1", "a2", "b1");
        assertThat(outcome.sent()).isEmpty();
        assertThat(outcome.refused()).isEmpty();
        assertThat(outcome.away()).containsInstanceOf(TimeoutException.class);
    }

    @Test
    void blamesNoKeyForBrokerThatGoesAwayBetweenRounds() throws Exception {
        broker.refusals.put("a2", new KafkaException("the producer is beyond use"));
        OutboxRounds.Outcome outcome = send("a1", "b1", "a2", "a3");
        assertThat(texts(outcome.sent())).containsExactly("a1", "b1");
        assertThat(outcome.refused()).isEmpty();
        assertThat(outcome.away()).isPresent();
    }

    @Test
    void knowsRefusalOfAnEventThoughTheBrokerIsAway() throws Exception {
        broker.refusals.put("a1", new RecordTooLargeException("too large"));
        broker.refusals.put("b1", new TimeoutException("no metadata"));
        OutboxRounds.Outcome outcome = send("a1", "b1");
        assertThat(outcome.refused()).containsOnlyKeys("a");
        assertThat(outcome.away()).isPresent();
    }

    @Test
    void waitsOnceForTopicOfWhichNothingIsKnown() throws Exception {
        broker.refusals.put("a1", new TimeoutException("no metadata"));
        OutboxRounds.Outcome outcome =
                new OutboxRounds(broker, "//test").send(List.of(row("a1"), row("c1"), row("other", "b1")));
        assertThat(broker.sent).containsExactly("b1", "flush");
        assertThat(outcome.refused()).containsOnlyKeys("a", "c");
    }

    @Test
    void takesWhatTheProducerThrowsAsAFailure() throws Exception {
        broker.close();
        assertThat(send("a1").away()).containsInstanceOf(IllegalStateException.class);
    }

    private OutboxRounds.Outcome send(String... events) throws InterruptedException {
        List<OutboxRow> rows = new ArrayList<>();
        for (String event : events) {
            rows.add(row(event));
        }
        return new OutboxRounds(broker, "//test").send(rows);
    }

    private OutboxRow row(String event) {
        return row("topic", event);
    }

    /** Its key is its first character. */
    private OutboxRow row(String topic, String event) {
        return new OutboxRow(
                ++lastId, new OutboxEvent(topic, event.substring(0, 1), event, new byte[0]), null, Instant.EPOCH);
    }

    private static List<String> texts(List<OutboxRow> rows) {
        return rows.stream().map(row -> row.event().type()).sorted().toList();
    }

    /** Takes all events but some. */
    private static final class Broker extends MockProducer<String, byte[]> {
        private final Map<String, RuntimeException> refusals = new HashMap<>();
        private final List<String> sent = new ArrayList<>();

        Broker() {
            super(true, null, new StringSerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
            String event =
                    new String(record.headers().lastHeader("ce_type").value(), java.nio.charset.StandardCharsets.UTF_8);
            RuntimeException refusal = refusals.get(event);
            if (refusal != null) {
                return CompletableFuture.failedFuture(refusal);
            }
            Future<RecordMetadata> acknowledgement = super.send(record);
            sent.add(event);
            return acknowledgement;
        }

        @Override
        public synchronized void flush() {
            if (!closed()) {
                super.flush();
            }
            sent.add("flush");
        }
    }
}
