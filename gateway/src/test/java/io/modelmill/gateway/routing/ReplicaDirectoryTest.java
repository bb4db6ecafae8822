package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.modelmill.servicekit.security.Caller;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicaDirectoryTest {
    private final Map<String, ManagedChannel> connections = new HashMap<>();
    private List<String> known = List.of("10.0.0.1", "10.0.0.2");

    @AfterEach
    void disconnect() {
        connections.values().forEach(ManagedChannel::shutdownNow);
    }

    @Test
    void aNameStandsForAllItsAddresses() {
        ReplicaDirectory directory = directory("dns:///inference:7431", "other:7431");

        directory.refresh();

        assertThat(addresses(directory)).containsExactly("10.0.0.1:7431", "10.0.0.2:7431", "other:7431");
    }

    @Test
    void followsTheName() {
        ReplicaDirectory directory = directory("dns:///inference:7431");
        directory.refresh();
        InferenceReplica second = directory.replicas().get(1);

        known = List.of("10.0.0.2", "10.0.0.3");
        directory.refresh();

        assertThat(addresses(directory)).containsExactly("10.0.0.2:7431", "10.0.0.3:7431");
        assertThat(directory.replicas().getFirst()).isSameAs(second);
        assertThat(connections)
                .allSatisfy((address, connection) ->
                        assertThat(connection.isShutdown()).isEqualTo(address.equals("10.0.0.1:7431")));
    }

    @Test
    void keepsItsReplicasWhileTheNameIsUnknown() {
        ReplicaDirectory directory = directory("dns:///inference:7431");
        directory.refresh();

        known = List.of();
        directory.refresh();

        assertThat(addresses(directory)).containsExactly("10.0.0.1:7431", "10.0.0.2:7431");
        assertThat(connections).hasSize(2);
    }

    @Test
    void knowsNobodyWhereTheNameWasNeverKnown() {
        known = List.of();
        ReplicaDirectory directory = directory("dns:///inference:7431");
        directory.refresh();

        assertThat(new InferenceBackend(directory).targets(Caller.service("test"), new byte[0]))
                .isEmpty();
    }

    private ReplicaDirectory directory(String... targets) {
        return new ReplicaDirectory(
                List.of(targets),
                (host, port) -> {
                    if (known.isEmpty()) {
                        throw new UnknownHostException(host);
                    }
                    return known.stream().map(address -> address + ":" + port).toList();
                },
                address -> {
                    ManagedChannel connection =
                            InProcessChannelBuilder.forName(address).build();
                    connections.put(address, connection);
                    return new InferenceReplica(address, connection, connection);
                });
    }

    private static List<String> addresses(ReplicaDirectory directory) {
        return directory.replicas().stream().map(InferenceReplica::address).toList();
    }
}
