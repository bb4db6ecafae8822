package io.modelmill.benchmarks.faults;

import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.ChildServer;
import io.modelmill.fleet.process.PostgresProcesses;
import io.modelmill.fleet.process.Readiness;
import io.modelmill.fleet.process.Server;
import io.modelmill.localservers.kafka.KafkaBrokerMain;
import io.modelmill.localservers.postgres.PostgresServer;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the campaign's servers are started: as those of a local fleet, but with short time-outs, two replicas of training-service and
 * a link between any two.
 *
 * @param port port that something listens on; for a link the port of the link
 */
record CampaignServers(Installation installation, FleetFolder folder, Map<String, Integer> port) {
    static final String POSTGRES = "postgres";
    static final String KAFKA = "kafka";
    static final String REGISTRY = "registry-service";
    static final String TRAINING_A = "training-service-a";
    static final String TRAINING_B = "training-service-b";
    static final String GATEWAY = "gateway";

    private static final String GRPC = ".grpc";
    private static final String CONTROLLER = "kafka.controller";
    private static final String NOBODY = "nobody";
    private static final int HEAP_MEBIBYTES = 256;
    /** At a time on one replica. */
    private static final int WORKERS = 2;

    /** Chooses all ports. */
    static CampaignServers of(Installation installation, FleetFolder folder) {
        CampaignPorts ports = new CampaignPorts();
        Map<String, Integer> port = new LinkedHashMap<>();
        List<String> names = new ArrayList<>(List.of(POSTGRES, KAFKA, CONTROLLER, NOBODY));
        for (String service : List.of(REGISTRY, TRAINING_A, TRAINING_B, GATEWAY)) {
            names.add(service);
            names.add(service + GRPC);
        }
        for (Target target : Target.values()) {
            names.add(target.name());
        }
        names.forEach(name -> port.put(name, ports.next()));
        return new CampaignServers(installation, folder, Map.copyOf(port));
    }

    FleetKeys keys() {
        return new FleetKeys(folder.keys());
    }

    /** Where the workers leave what they noted. */
    Path ledger() {
        return folder.root().resolve("ledger");
    }

    /** The ports that a link leads to. */
    int[] behind(Target link) {
        return switch (link) {
            case TRAINING_A_TO_POSTGRES, TRAINING_B_TO_POSTGRES, REGISTRY_TO_POSTGRES, GATEWAY_TO_POSTGRES ->
                new int[] {at(POSTGRES)};
            case SERVICES_TO_KAFKA -> new int[] {at(KAFKA)};
            case TRAINING_TO_REGISTRY -> new int[] {at(REGISTRY + GRPC)};
            case WORKERS_TO_TRAINING_A -> new int[] {at(TRAINING_A + GRPC)};
            case WORKERS_TO_TRAINING_B -> new int[] {at(TRAINING_B + GRPC)};
            case GATEWAY_TO_TRAINING -> new int[] {at(TRAINING_A + GRPC), at(TRAINING_B + GRPC)};
            case TRAINING_A, TRAINING_B, REGISTRY, GATEWAY, KAFKA, POSTGRES, WORKER ->
                throw new IllegalArgumentException(link + " is no link");
        };
    }

    int at(String name) {
        Integer number = port.get(name);
        if (number == null) {
            throw new IllegalArgumentException(name + " listens nowhere");
        }
        return number;
    }

    int gatewayGrpc() {
        return at(GATEWAY + GRPC);
    }

    /** JDBC address of a database, past all links. */
    String database(String name) {
        return jdbc(at(POSTGRES), name);
    }

    Server postgres() {
        return new PostgresProcesses(
                folder.postgres(),
                at(POSTGRES),
                folder.cache(POSTGRES),
                folder.log(POSTGRES),
                List.of("registry", "training", "gateway"));
    }

    Server kafka() {
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
                Integer.toString(at(KAFKA)),
                Integer.toString(at(CONTROLLER)),
                Integer.toString(at(Target.SERVICES_TO_KAFKA)));
        // Asked at its own port: clients of the answer's port would need the link.
        return new ChildServer(
                KAFKA, address(at(KAFKA)), command, Map.of(), folder.log(KAFKA), new Readiness.Port(at(KAFKA)));
    }

    Server registry() {
        Map<String, String> config = config(REGISTRY, "registry", Target.REGISTRY_TO_POSTGRES);
        config.put("modelmill.artifacts.directory", folder.artifacts().toString());
        config.put("modelmill.validation.timeout", "20s");
        config.put("modelmill.validation.poll-interval", "2s");
        return service(REGISTRY, REGISTRY, config);
    }

    Server training(String name, Target database, Target workers) {
        Map<String, String> config = config("training-service", "training", database);
        config.put("modelmill.registry.address", address(at(Target.TRAINING_TO_REGISTRY)));
        config.put("modelmill.registry.deadline", "3s");
        config.put("modelmill.job.lease", "10s");
        // So many that most jobs succeed in the end: here attempts die all the time.
        config.put("modelmill.job.max-platform-failures", "10");
        config.put("modelmill.job.retry-backoff", "PT0.5S");
        config.put("modelmill.job.max-retry-backoff", "4s");
        config.put("modelmill.job.cancel-grace", "5s");
        config.put("modelmill.schedule.interval", "PT0.5S");
        config.put("modelmill.schedule.registry-retry", "1s");
        config.put("modelmill.schedule.upload-timeout", "15s");
        config.put("modelmill.runner.local.exit-grace", "4s");
        config.put("modelmill.runner.local.max-workers", Integer.toString(WORKERS));
        config.put("modelmill.runner.local.cores", "16");
        config.put("modelmill.runner.local.memory", "64G");
        config.put("modelmill.runner.local.training-address", address(at(workers)));
        config.put(
                "modelmill.runner.local.work-directory",
                folder.attempts().resolve(name).toString());
        config.put("modelmill.runner.local.main-class", FaultWorkerMain.class.getName());
        config.put("modelmill.runner.local.class-path", workerClassPath());
        config.put(
                "modelmill.runner.local.jvm-options",
                String.join(
                        ",",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-Xmx128m",
                        "-D" + WorkerLedger.PROPERTY + "=" + ledger()));
        return service(name, "training-service", config);
    }

    Server gateway() {
        Map<String, String> config = config(GATEWAY, GATEWAY, Target.GATEWAY_TO_POSTGRES);
        config.put("modelmill.registry.address", address(at(REGISTRY + GRPC)));
        config.put("modelmill.training.address", address(at(Target.GATEWAY_TO_TRAINING)));
        // Nothing is predicted.
        config.put("modelmill.inference.addresses", address(at(NOBODY)));
        config.put("modelmill.routing.default-deadline", "10s");
        config.put("modelmill.auth.pepper-file", keys().pepper().toString());
        config.put("modelmill.auth.admin-key-file", keys().admin().toString());
        return service(GATEWAY, GATEWAY, config);
    }

    private Map<String, String> config(String signer, String database, Target link) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("modelmill.security.trusted-keys-file", keys().trusted().toString());
        config.put("modelmill.security.signing-key-file", keys().signing(signer).toString());
        config.put("quarkus.datasource.jdbc.url", jdbc(at(link), database));
        config.put("quarkus.datasource.username", PostgresServer.USER);
        config.put("quarkus.datasource.jdbc.acquisition-timeout", "3s");
        config.put("kafka.bootstrap.servers", address(at(Target.SERVICES_TO_KAFKA)));
        config.put("kafka.session.timeout.ms", "8000");
        config.put("kafka.heartbeat.interval.ms", "2000");
        config.put("kafka.default.api.timeout.ms", "10000");
        return config;
    }

    private Server service(String name, String module, Map<String, String> config) {
        config.put("quarkus.http.host", LoopbackPort.HOST);
        config.put("quarkus.http.port", Integer.toString(at(name)));
        config.put("quarkus.grpc.server.host", LoopbackPort.HOST);
        config.put("quarkus.grpc.server.port", Integer.toString(at(name + GRPC)));
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "-Xmx" + HEAP_MEBIBYTES + "m",
                "-XX:+UseSerialGC",
                // They are started so often that quick starts are worth more than fast code.
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        config.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.add("-jar");
        command.add(installation.service(module).toString());
        return new ChildServer(
                name,
                address(at(name + GRPC)),
                command,
                Map.of(),
                folder.log(name),
                new Readiness.Health(at(name), Optional.empty()));
    }

    /** The small worker's, with the real one's behind it. */
    private String workerClassPath() {
        Path worker = installation.worker();
        return String.join(
                File.pathSeparator,
                installation.home().resolve("benchmarks/target/benchmarks.jar").toString(),
                worker.resolve("training-worker.jar").toString(),
                worker.resolve("lib").resolve("*").toString());
    }

    private int at(Target target) {
        return at(target.name());
    }

    private static String address(int port) {
        return LoopbackPort.HOST + ":" + port;
    }

    private static String jdbc(int port, String database) {
        return "jdbc:postgresql://" + address(port) + "/" + database;
    }
}
