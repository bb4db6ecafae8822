package io.modelmill.benchmarks.rollout;

import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.benchmarks.servers.ServerPorts;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.Readiness;
import io.modelmill.fleet.process.Server;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A database server, a broker that can be stopped, registry-service, two replicas of inference-service and a gateway. */
final class RolloutServers implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final int HEAP_MEBIBYTES = 256;

    private final ServerCommands commands;
    private final ServerPorts ports = new ServerPorts();
    private final int postgres = ports.next();
    private final int kafka = ports.next();
    private final int registry = ports.next();
    private final int gateway = ports.next();
    private final List<Integer> replicas = List.of(ports.next(), ports.next());
    private final Server broker;
    private final Deque<Server.Running> running = new ArrayDeque<>();
    private Server.@Nullable Running runningBroker;

    private RolloutServers(ServerCommands commands) {
        this.commands = commands;
        this.broker = commands.kafka(kafka, ports.next(), kafka);
    }

    /** Starts all and waits until they can answer. */
    static RolloutServers start(ServerCommands commands) {
        RolloutServers servers = new RolloutServers(commands);
        try {
            commands.folder().create();
            commands.keys().create();
            servers.start(List.of(commands.postgres(servers.postgres, List.of("registry", "gateway"))));
            servers.startBroker();
            servers.start(Stream.concat(
                            Stream.of(servers.registryService()),
                            Stream.concat(servers.inferenceServices(), Stream.of(servers.gatewayService())))
                    .toList());
        } catch (RuntimeException failure) {
            servers.close();
            throw failure;
        }
        return servers;
    }

    /** gRPC port of the gateway. */
    int gateway() {
        return gateway;
    }

    /** gRPC ports of the replicas of inference-service. */
    List<Integer> replicas() {
        return replicas;
    }

    /** Ends the broker; what it took is on disk. */
    synchronized void stopBroker() {
        if (runningBroker != null) {
            runningBroker.stop(GRACE);
            runningBroker = null;
        }
    }

    /** Starts the broker again; returns as soon as it answers a client. */
    synchronized void startBroker() {
        runningBroker = broker.start();
        Readiness answers = new Readiness.Kafka(kafka);
        long end = System.nanoTime() + READY.toNanos();
        while (!answers.isReady()) {
            if (System.nanoTime() - end > 0) {
                throw notReady(broker);
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private Server registryService() {
        Map<String, String> config = config("registry-service", "registry");
        config.put(
                "modelmill.artifacts.directory", commands.folder().artifacts().toString());
        return service("registry-service", "registry-service", registry, config);
    }

    private Stream<Server> inferenceServices() {
        return replicas.stream().map(port -> {
            String name = "inference-service-" + (replicas.indexOf(port) + 1);
            Map<String, String> config = new LinkedHashMap<>();
            config.put(
                    "modelmill.security.trusted-keys-file",
                    commands.keys().trusted().toString());
            config.put(
                    "modelmill.security.signing-key-file",
                    commands.keys().signing("inference-service").toString());
            config.put("kafka.bootstrap.servers", ServerCommands.address(kafka));
            config.put("modelmill.registry.address", ServerCommands.address(registry));
            config.put(
                    "modelmill.cache.directory", commands.folder().cache(name).toString());
            config.put("modelmill.replica.name", name);
            return service(name, "inference-service", port, config);
        });
    }

    private Server gatewayService() {
        Map<String, String> config = config("gateway", "gateway");
        config.put("modelmill.registry.address", ServerCommands.address(registry));
        // Nothing is trained.
        config.put("modelmill.training.address", ServerCommands.address(ports.next()));
        config.put(
                "modelmill.inference.addresses",
                replicas.stream().map(ServerCommands::address).collect(Collectors.joining(",")));
        config.putAll(commands.credentials());
        return service("gateway", "gateway", gateway, config);
    }

    private Server service(String name, String module, int grpc, Map<String, String> config) {
        return commands.service(name, module, ports.next(), grpc, HEAP_MEBIBYTES, config);
    }

    private Map<String, String> config(String signer, String database) {
        return commands.config(signer, ServerCommands.jdbc(postgres, database), ServerCommands.address(kafka));
    }

    private void start(List<Server> servers) {
        for (Server server : servers) {
            Server.Running process = server.start();
            synchronized (this) {
                running.push(process);
            }
        }
        for (Server server : servers) {
            if (Poll.until(
                            READY,
                            () -> Optional.of(true)
                                    .filter(yes -> server.readiness().isReady()))
                    .isEmpty()) {
                throw notReady(server);
            }
        }
    }

    private FleetException notReady(Server server) {
        return new FleetException(server.name() + " is not ready within " + READY.toSeconds() + " s: see "
                + commands.folder().log(server.name()));
    }

    /** Ends all, the last that was started first, the broker and the database at last. */
    @Override
    public synchronized void close() {
        while (running.size() > 1) {
            running.pop().stop(GRACE);
        }
        stopBroker();
        while (!running.isEmpty()) {
            running.pop().stop(GRACE);
        }
    }
}
