package io.modelmill.fleet.installation;

import io.modelmill.localservers.LocalPorts;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The block of ports that a fleet listens on, all of them on loopback.
 *
 * @param base first port of the block
 * @param inferenceReplicas number of inference-service processes
 */
public record FleetPorts(int base, int inferenceReplicas) {
    /** First port of the default block. */
    public static final int DEFAULT_BASE = 7400;
    /** Ports of a block, from its base on. */
    public static final int BLOCK = 100;

    private static final int HIGHEST_BASE = 65_535 - BLOCK;
    /** Where replicas listen, in this order: the ports between belong to Kafka and PostgreSQL. */
    private static final List<Integer> REPLICA_OFFSETS = List.of(30, 40, 70, 80, 90);

    public FleetPorts {
        if (base < 1024 || base > HIGHEST_BASE) {
            throw new FleetException("--base-port: " + base + " (expected: 1024 to " + HIGHEST_BASE + ")");
        }
        if (inferenceReplicas < 1 || inferenceReplicas > REPLICA_OFFSETS.size()) {
            throw new FleetException(
                    "--inference-replicas: " + inferenceReplicas + " (expected: 1 to " + REPLICA_OFFSETS.size() + ")");
        }
    }

    /** Ports of one service. */
    public record Service(int http, int grpc) {
        private static Service at(int port) {
            return new Service(port, port + 1);
        }

        /** Address for gRPC clients, {@code host:port}. */
        public String grpcAddress() {
            return "127.0.0.1:" + grpc;
        }
    }

    /** A port and what listens there. */
    public record Use(int port, String purpose) {}

    public Service gateway() {
        return Service.at(base);
    }

    public Service registry() {
        return Service.at(base + 10);
    }

    public Service training() {
        return Service.at(base + 20);
    }

    /** Ports of the inference replicas in order. */
    public List<Service> inference() {
        return REPLICA_OFFSETS.stream()
                .limit(inferenceReplicas)
                .map(offset -> Service.at(base + offset))
                .toList();
    }

    public int kafka() {
        return base + 50;
    }

    public int kafkaController() {
        return base + 51;
    }

    public int postgres() {
        return base + 60;
    }

    /** Every port with what it is for. */
    public List<Use> uses() {
        List<Use> uses = new ArrayList<>();
        add(uses, "gateway", gateway());
        add(uses, "registry-service", registry());
        add(uses, "training-service", training());
        IntStream.range(0, inferenceReplicas)
                .forEach(replica -> add(
                        uses, "inference-service-" + (replica + 1), inference().get(replica)));
        uses.add(new Use(kafka(), "kafka"));
        uses.add(new Use(kafkaController(), "kafka (controller)"));
        uses.add(new Use(postgres(), "postgres"));
        return List.copyOf(uses);
    }

    /** Throws unless every port is free, naming each that is not. */
    public void requireFree() {
        List<String> taken = uses().stream()
                .filter(use -> !LocalPorts.isFree(use.port()))
                .map(use -> use.port() + " for " + use.purpose())
                .toList();
        if (!taken.isEmpty()) {
            throw new FleetException("taken by another program: port " + String.join(", port ", taken)
                    + "; choose another block of " + BLOCK + " ports with --base-port (or MODELMILL_BASE_PORT)");
        }
    }

    private static void add(List<Use> uses, String name, Service service) {
        uses.add(new Use(service.http(), name + " (HTTP)"));
        uses.add(new Use(service.grpc(), name + " (gRPC)"));
    }
}
