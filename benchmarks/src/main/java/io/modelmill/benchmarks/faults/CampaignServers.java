package io.modelmill.benchmarks.faults;

import static io.modelmill.benchmarks.servers.ServerCommands.address;

import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.benchmarks.servers.ServerPorts;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.Server;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        ServerPorts ports = new ServerPorts();
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
        return commands().keys();
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
        return ServerCommands.jdbc(at(POSTGRES), name);
    }

    Server postgres() {
        return commands().postgres(at(POSTGRES), List.of("registry", "training", "gateway"));
    }

    Server kafka() {
        return commands().kafka(at(KAFKA), at(CONTROLLER), at(Target.SERVICES_TO_KAFKA));
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
        // So short that long jobs give their places to tenants who have none.
        config.put("modelmill.queue.min-run", "PT1S");
        config.put("modelmill.queue.yield-grace", "PT4S");
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
        config.put("modelmill.runner.local.class-path", commands().workerClassPath());
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
        config.putAll(commands().credentials());
        return service(GATEWAY, GATEWAY, config);
    }

    private Map<String, String> config(String signer, String database, Target link) {
        Map<String, String> config = commands()
                .config(signer, ServerCommands.jdbc(at(link), database), address(at(Target.SERVICES_TO_KAFKA)));
        config.put("quarkus.datasource.jdbc.acquisition-timeout", "3s");
        config.put("kafka.session.timeout.ms", "8000");
        config.put("kafka.heartbeat.interval.ms", "2000");
        config.put("kafka.default.api.timeout.ms", "10000");
        return config;
    }

    private Server service(String name, String module, Map<String, String> config) {
        return commands().service(name, module, at(name), at(name + GRPC), HEAP_MEBIBYTES, config);
    }

    /** They are started so often that quick starts are worth more than fast code. */
    private ServerCommands commands() {
        return new ServerCommands(installation, folder, List.of("-XX:TieredStopAtLevel=1"));
    }

    private int at(Target target) {
        return at(target.name());
    }
}
