package io.modelmill.servicekit.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events that a real broker refuses, among others. */
class FailedKeyIT {
    private static final int HUGE = 50_000;

    private OutboxServers servers;

    @BeforeEach
    void start() throws Exception {
        servers = new OutboxServers();
    }

    @AfterEach
    void stop() {
        servers.close();
    }

    @Test
    void keepsOrderOfRefusedKeyUntilTheBrokerTakesIt() throws Exception {
        servers.jdbi().useTransaction(transaction -> {
            OutboxServers.append(transaction, "bad", "before");
            OutboxServers.append(transaction, "bad", incompressible(HUGE));
            OutboxServers.append(transaction, "bad", "after");
            OutboxServers.append(transaction, "good", "first");
        });
        MeterRegistry meters = new SimpleMeterRegistry();
        try (OutboxRelay relay = relay(1 << 20);
                OutboxBacklog backlog = new OutboxBacklog(servers.jdbi(), meters)) {
            relay.start();
            backlog.start();
            OutboxServers.await(
                    "the good key goes on", () -> servers.payloads("good").equals(List.of("first")));
            OutboxServers.await(
                    "the key is told as failed", () -> servers.failedKeys().containsKey("bad"));
            assertThat(servers.failedKeys().get("bad")).contains("RecordTooLargeException");
            OutboxServers.await(
                    "the failure is measured",
                    () -> meters.get("modelmill.outbox.keys.failed").gauge().value() == 1
                            && meters.get("modelmill.outbox.events.waiting")
                                            .gauge()
                                            .value()
                                    == 2
                            && meters.get("modelmill.outbox.oldest.age").gauge().value() > 0);
            servers.jdbi().useTransaction(transaction -> {
                OutboxServers.append(transaction, "bad", "last");
                OutboxServers.append(transaction, "good", "second");
            });
            OutboxServers.await(
                    "the good key still goes on", () -> servers.payloads("good").equals(List.of("first", "second")));
            assertThat(servers.payloads("bad")).containsExactly("before");

            takeMessagesOf(1 << 20);
            OutboxServers.await("all is sent", () -> servers.waiting() == 0);
            OutboxServers.await(
                    "the bad key is in order",
                    () -> servers.payloads("bad").equals(List.of("before", HUGE + " bytes", "after", "last")));
            OutboxServers.await("no key is failed", () -> servers.failedKeys().isEmpty());
        }
    }

    /** More events than one batch has, and more keys than are retried at once, ahead of the one that can be sent. */
    @Test
    void sendsAroundManyEventsOfFailedKeys() throws Exception {
        int failedKeys = 150;
        servers.jdbi().useTransaction(transaction -> {
            for (int key = 0; key < failedKeys; key++) {
                // Refused by the client already.
                OutboxServers.append(transaction, "bad-" + key, incompressible(HUGE));
                for (int event = 0; event < 9; event++) {
                    OutboxServers.append(transaction, "bad-" + key, "after");
                }
            }
            OutboxServers.append(transaction, "good", "arrives");
        });
        try (OutboxRelay relay = relay(20_000)) {
            relay.start();
            OutboxServers.await(
                    "the good key goes on", () -> servers.payloads("good").equals(List.of("arrives")));
            OutboxServers.await("all are told", () -> servers.failedKeys().size() == failedKeys);
            // The broker has the event before its row is gone.
            OutboxServers.await("the failed keys' events alone wait", () -> servers.waiting() == failedKeys * 10L);
        }
    }

    @Test
    void forgetsKeyOfWhichNothingWaits() throws Exception {
        servers.jdbi().useTransaction(transaction -> OutboxServers.append(transaction, "bad", incompressible(HUGE)));
        try (OutboxRelay relay = relay(20_000)) {
            relay.start();
            OutboxServers.await(
                    "the key is told as failed", () -> servers.failedKeys().containsKey("bad"));
            servers.jdbi().useHandle(handle -> handle.execute("DELETE FROM outbox_event"));
            OutboxServers.await("it is forgotten", () -> servers.failedKeys().isEmpty());
            servers.jdbi().useTransaction(transaction -> OutboxServers.append(transaction, "bad", "small"));
            OutboxServers.await(
                    "its next event is sent", () -> servers.payloads("bad").equals(List.of("small")));
        }
    }

    @Test
    void takesAnotherProducerWhenOneIsBeyondUseAndBlamesNoKey() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        servers.jdbi().useTransaction(transaction -> {
            OutboxServers.append(transaction, "a", "event");
            OutboxServers.append(transaction, "b", "event");
        });
        try (OutboxRelay relay = new OutboxRelay(
                servers.jdbi(),
                () -> {
                    var producer = OutboxProducer.open(servers.kafka(), 1 << 20);
                    if (opened.getAndIncrement() == 0) {
                        producer.close();
                    }
                    return producer;
                },
                "//test")) {
            relay.start();
            OutboxServers.await("all is sent", () -> servers.waiting() == 0);
        }
        assertThat(opened).hasValue(2);
        assertThat(servers.failedKeys()).isEmpty();
    }

    private OutboxRelay relay(int largestRequest) {
        return new OutboxRelay(servers.jdbi(), () -> OutboxProducer.open(servers.kafka(), largestRequest), "//test");
    }

    private void takeMessagesOf(int bytes) throws Exception {
        try (Admin admin = Admin.create(servers.kafka())) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, OutboxServers.TOPIC),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", Integer.toString(bytes)),
                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    private static byte[] incompressible(int bytes) {
        byte[] payload = new byte[bytes];
        new Random(1).nextBytes(payload);
        return payload;
    }
}
