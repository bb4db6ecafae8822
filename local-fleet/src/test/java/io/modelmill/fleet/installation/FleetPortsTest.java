package io.modelmill.fleet.installation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetPorts.Use;
import io.modelmill.localservers.LocalPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetPortsTest {
    @Test
    void laysTheDefaultBlockOutAsDocumented() {
        assertThat(new FleetPorts(FleetPorts.DEFAULT_BASE, 2).uses())
                .containsExactly(
                        new Use(7400, "gateway (HTTP)"),
                        new Use(7401, "gateway (gRPC)"),
                        new Use(7410, "registry-service (HTTP)"),
                        new Use(7411, "registry-service (gRPC)"),
                        new Use(7420, "training-service (HTTP)"),
                        new Use(7421, "training-service (gRPC)"),
                        new Use(7430, "inference-service-1 (HTTP)"),
                        new Use(7431, "inference-service-1 (gRPC)"),
                        new Use(7440, "inference-service-2 (HTTP)"),
                        new Use(7441, "inference-service-2 (gRPC)"),
                        new Use(7450, "kafka"),
                        new Use(7451, "kafka (controller)"),
                        new Use(7460, "postgres"));
    }

    @Test
    void givesEveryReplicaPortsOfItsOwn() {
        List<Integer> ports =
                new FleetPorts(7400, 5).uses().stream().map(Use::port).toList();

        assertThat(ports).doesNotHaveDuplicates().allMatch(port -> port < 7400 + FleetPorts.BLOCK);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1023, 65_436, 70_000})
    void refusesABaseThatIsNoPort(int base) {
        assertThatThrownBy(() -> new FleetPorts(base, 1))
                .isInstanceOf(FleetException.class)
                .hasMessage("--base-port: " + base + " (expected: 1024 to 65435)");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 6})
    void refusesANumberOfReplicasThatHasNoPorts(int replicas) {
        assertThatThrownBy(() -> new FleetPorts(7400, replicas))
                .isInstanceOf(FleetException.class)
                .hasMessage("--inference-replicas: " + replicas + " (expected: 1 to 5)");
    }

    @Test
    void namesTheTakenPortWhatItIsForAndTheWayOut() throws IOException {
        int base = Math.min(LocalPorts.free(), 60_000);
        try (ServerSocket taken = new ServerSocket(base + 11, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> new FleetPorts(base, 1).requireFree())
                    .isInstanceOf(FleetException.class)
                    .hasMessageContaining("port " + taken.getLocalPort() + " for registry-service (gRPC)")
                    .hasMessageContaining("--base-port");
        }
    }
}
