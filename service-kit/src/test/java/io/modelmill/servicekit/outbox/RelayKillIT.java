package io.modelmill.servicekit.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.localservers.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Two relays over one outbox, one of which is cut off from database and broker again and again. */
class RelayKillIT {
    private static final int KEYS = 6;
    private static final int EVENTS = 250;
    private static final int EVENTS_A_KILL = 75;

    @Test
    void eachKeysEventsArriveInOrderWhicheverRelayDies() throws Exception {
        Random random = new Random(20_251);
        AtomicInteger committed = new AtomicInteger();
        try (OutboxServers servers = new OutboxServers();
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Life> relays = new ArrayList<>(List.of(new Life(servers), new Life(servers)));
            List<Future<?>> written = new ArrayList<>();
            for (int key = 0; key < KEYS; key++) {
                String name = "key-" + key;
                written.add(writers.submit(() -> write(servers, name, committed)));
            }
            int kills = 0;
            while (written.stream().anyMatch(writer -> !writer.isDone())) {
                int due = (kills + 1) * EVENTS_A_KILL;
                OutboxServers.await(
                        "another kill is due",
                        () -> committed.get() >= due || written.stream().allMatch(Future::isDone));
                int victim = random.nextInt(relays.size());
                relays.get(victim).kill();
                relays.set(victim, new Life(servers));
                kills++;
            }
            for (Future<?> writer : written) {
                writer.get();
            }
            OutboxServers.await("all is sent", () -> servers.waiting() == 0);
            for (int key = 0; key < KEYS; key++) {
                String name = "key-" + key;
                OutboxServers.await(
                        "the last event of " + name + " arrives",
                        () -> servers.payloads(name).contains(Integer.toString(EVENTS - 1)));
                assertInOrder(servers.payloads(name));
            }
            for (Life relay : relays) {
                relay.kill();
            }
            assertThat(kills).isGreaterThan(5);
            assertThat(servers.failedKeys()).isEmpty();
        }
    }

    /** Each event is there, first after the one ahead of it; any may be there again. */
    private static void assertInOrder(List<String> payloads) {
        int next = 0;
        for (String payload : payloads) {
            int number = Integer.parseInt(payload);
            assertThat(number)
                    .as("an event behind %s others of %s", next, payloads)
                    .isLessThanOrEqualTo(next);
            next = Math.max(next, number + 1);
        }
        assertThat(next).isEqualTo(EVENTS);
    }

    private static void write(OutboxServers servers, String key, AtomicInteger committed) {
        for (int number = 0; number < EVENTS; number++) {
            String text = Integer.toString(number);
            servers.jdbi().useTransaction(transaction -> OutboxServers.append(transaction, key, text));
            committed.incrementAndGet();
            servers.jdbi().useHandle(handle -> {
                handle.begin();
                OutboxServers.append(handle, key, "never committed");
                handle.rollback();
            });
        }
    }

    /** A relay with connections of its own, which end with it in the midst of whatever they do. */
    private static final class Life {
        private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
        private final Set<KafkaProducer<String, byte[]>> producers = ConcurrentHashMap.newKeySet();
        private final String url;
        private final OutboxServers servers;
        private final OutboxRelay relay;
        private volatile boolean dead;

        Life(OutboxServers servers) {
            this.servers = servers;
            this.url = servers.jdbcUrl();
            this.relay = new OutboxRelay(Jdbi.create(this::connect), this::open, "//test");
            relay.start();
        }

        private Connection connect() throws SQLException {
            if (dead) {
                throw new SQLException("this relay was killed");
            }
            Connection connection = DriverManager.getConnection(url, PostgresServer.USER, "");
            connections.add(connection);
            return connection;
        }

        private Producer<String, byte[]> open() {
            KafkaProducer<String, byte[]> producer = OutboxProducer.open(servers.kafka(), 1 << 20);
            producers.add(producer);
            return producer;
        }

        void kill() throws SQLException {
            dead = true;
            for (Connection connection : connections) {
                connection.abort(Runnable::run);
            }
            producers.forEach(producer -> producer.close(Duration.ZERO));
            relay.close();
        }
    }
}
