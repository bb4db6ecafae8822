package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetPorts;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.ChildServer;
import io.modelmill.fleet.process.PostgresProcesses;
import io.modelmill.fleet.process.Readiness;
import io.modelmill.fleet.process.Server;
import io.modelmill.localservers.kafka.KafkaBrokerMain;
import io.modelmill.localservers.postgres.PostgresServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The processes of a fleet. Those of one stage start together, once the stage before is ready; they stop in the reverse
 * order.
 */
final class FleetServers {
    /** Names of the services' databases. */
    static final List<String> DATABASES = List.of("registry", "training", "gateway");

    private static final String GATEWAY = "gateway";
    private static final String LOOPBACK = "127.0.0.1";

    private final FleetOptions options;
    private final FleetPorts ports;
    private final FleetFolder folder;

    FleetServers(FleetOptions options) {
        this.options = options;
        this.ports = options.ports();
        this.folder = options.folder();
    }

    List<List<Server>> stages() {
        List<Server> services = new ArrayList<>();
        services.add(registry());
        services.add(training());
        for (int replica = 0; replica < ports.inferenceReplicas(); replica++) {
            services.add(inference(replica));
        }
        services.add(gateway());
        return List.of(List.of(postgres(), kafka()), List.copyOf(services));
    }

    private Server postgres() {
        return new PostgresProcesses(
                folder.postgres(), ports.postgres(), folder.cache("postgres"), folder.log("postgres"), DATABASES);
    }

    private Server kafka() {
        List<String> command = List.of(
                Installation.java().toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                Installation.classPath(),
                KafkaBrokerMain.class.getName(),
                folder.kafka().toString(),
                Integer.toString(ports.kafka()),
                Integer.toString(ports.kafkaController()));
        return new ChildServer(
                "kafka", kafkaAddress(), command, Map.of(), folder.log("kafka"), new Readiness.Kafka(ports.kafka()));
    }

    private Server registry() {
        Map<String, String> config = signing("registry-service");
        config.putAll(database("registry"));
        config.put("kafka.bootstrap.servers", kafkaAddress());
        config.put("modelmill.artifacts.directory", folder.artifacts().toString());
        return service("registry-service", "registry-service", ports.registry(), 256, config);
    }

    private Server training() {
        Map<String, String> config = signing("training-service");
        config.putAll(database("training"));
        config.put("kafka.bootstrap.servers", kafkaAddress());
        config.put("modelmill.registry.address", ports.registry().grpcAddress());
        config.put(
                "modelmill.runner.local.worker-directory",
                options.installation().worker().toString());
        config.put("modelmill.runner.local.work-directory", folder.attempts().toString());
        return service("training-service", "training-service", ports.training(), 256, config);
    }

    private Server inference(int replica) {
        String name = "inference-service-" + (replica + 1);
        Map<String, String> config = signing("inference-service");
        config.put("kafka.bootstrap.servers", kafkaAddress());
        config.put("modelmill.registry.address", ports.registry().grpcAddress());
        config.put("modelmill.cache.directory", folder.cache(name).toString());
        return service(name, "inference-service", ports.inference().get(replica), 512, config);
    }

    private Server gateway() {
        Map<String, String> config = signing(GATEWAY);
        config.putAll(database(GATEWAY));
        config.put("kafka.bootstrap.servers", kafkaAddress());
        config.put("modelmill.registry.address", ports.registry().grpcAddress());
        config.put("modelmill.training.address", ports.training().grpcAddress());
        config.put(
                "modelmill.inference.addresses",
                ports.inference().stream().map(FleetPorts.Service::grpcAddress).collect(Collectors.joining(",")));
        config.put("modelmill.auth.pepper-file", options.keys().pepper().toString());
        config.put("modelmill.auth.admin-key-file", options.keys().admin().toString());
        options.tls().ifPresent(tls -> {
            config.put("modelmill.tls.certificate-file", tls.certificate().toString());
            config.put("modelmill.tls.key-file", tls.key().toString());
        });
        return service(GATEWAY, GATEWAY, ports.gateway(), 512, config);
    }

    private Server service(
            String name, String module, FleetPorts.Service at, int heapMebibytes, Map<String, String> config) {
        // Behind the gateway's door everything is plain: it does not leave this machine.
        Optional<Path> certificate =
                module.equals(GATEWAY) ? options.tls().map(FleetOptions.Tls::certificate) : Optional.empty();
        config.put("quarkus.http.host", LOOPBACK);
        config.put("quarkus.http.port", Integer.toString(at.http()));
        config.put("quarkus.grpc.server.host", LOOPBACK);
        config.put("quarkus.grpc.server.port", Integer.toString(at.grpc()));
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "-Xmx" + heapMebibytes + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        // Properties and not the environment: they win over what the user's shell happens to hold, and children do not
        // inherit them. They name files, never secrets.
        config.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.add("-jar");
        command.add(options.installation().service(module).toString());
        return new ChildServer(
                name,
                LOOPBACK + ":" + at.http() + " (HTTP), " + at.grpcAddress() + " (gRPC)",
                command,
                options.environment(),
                folder.log(name),
                new Readiness.Health(at.http(), certificate));
    }

    private Map<String, String> signing(String service) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put(
                "modelmill.security.trusted-keys-file", options.keys().trusted().toString());
        config.put(
                "modelmill.security.signing-key-file",
                options.keys().signing(service).toString());
        return config;
    }

    private Map<String, String> database(String name) {
        return Map.of(
                "quarkus.datasource.jdbc.url",
                "jdbc:postgresql://" + LOOPBACK + ":" + ports.postgres() + "/" + name,
                "quarkus.datasource.username",
                PostgresServer.USER);
    }

    private String kafkaAddress() {
        return LOOPBACK + ":" + ports.kafka();
    }
}
