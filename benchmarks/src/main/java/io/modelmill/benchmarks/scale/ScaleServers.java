package io.modelmill.benchmarks.scale;

import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.benchmarks.servers.ServerGroup;
import io.modelmill.benchmarks.servers.ServerPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One database server, broker and registry, and two installations of training-service and gateway over databases of their own: one
 * stays nearly empty, the other is filled. Their workers hold the only place that there is until they are let go.
 */
final class ScaleServers implements AutoCloseable {
    private static final int HEAP_MEBIBYTES = 512;

    private final ServerCommands commands;
    private final int postgres;
    private final int kafka;
    private final int registry;
    private final ServerPorts ports = new ServerPorts();
    private final ServerGroup group;

    private ScaleServers(ServerCommands commands) {
        this.commands = commands;
        this.group = new ServerGroup(commands);
        this.postgres = ports.next();
        this.kafka = ports.next();
        this.registry = ports.next();
    }

    /** Starts what both installations share. */
    static ScaleServers start(ServerCommands commands) {
        ScaleServers servers = new ScaleServers(commands);
        try {
            servers.startShared();
        } catch (RuntimeException failure) {
            servers.close();
            throw failure;
        }
        return servers;
    }

    private void startShared() {
        commands.folder().create();
        commands.keys().create();
        group.start(List.of(
                commands.postgres(postgres, List.of("registry", "gateway", "training_empty", "training_full")),
                commands.kafka(kafka, ports.next(), kafka)));
        Map<String, String> config = config("registry-service", "registry");
        config.put(
                "modelmill.artifacts.directory", commands.folder().artifacts().toString());
        group.start(List.of(commands.service(
                "registry-service", "registry-service", ports.next(), registry, HEAP_MEBIBYTES, config)));
    }

    /** Starts a training-service and a gateway over a database of their own. */
    Installed install(String name) {
        String database = "training_" + name;
        Path hold = commands.folder().root().resolve("hold-" + name);
        int http = ports.next();
        int grpc = ports.next();
        Map<String, String> training = config("training-service", database);
        training.put("modelmill.registry.address", ServerCommands.address(registry));
        // An attempt that its worker leaves without a word is the job's last.
        training.put("modelmill.job.max-platform-failures", "1");
        // Workers do not renew.
        training.put("modelmill.job.lease", "2h");
        training.put("modelmill.queue.max-preemptions", "0");
        training.put("modelmill.runner.local.max-workers", "1");
        training.put("modelmill.runner.local.cores", "16");
        training.put("modelmill.runner.local.memory", "64G");
        training.put("modelmill.runner.local.training-address", ServerCommands.address(grpc));
        training.put(
                "modelmill.runner.local.work-directory",
                commands.folder().attempts().resolve(name).toString());
        training.put("modelmill.runner.local.main-class", HeldWorkerMain.class.getName());
        training.put("modelmill.runner.local.class-path", commands.workerClassPath());
        training.put(
                "modelmill.runner.local.jvm-options",
                "-XX:+UseSerialGC,-XX:TieredStopAtLevel=1,-Xshare:auto,-Xmx32m,-D" + HeldWorkerMain.PROPERTY + "="
                        + hold);
        int door = ports.next();
        Map<String, String> gateway = config("gateway", "gateway");
        gateway.put("modelmill.registry.address", ServerCommands.address(registry));
        gateway.put("modelmill.training.address", ServerCommands.address(grpc));
        // Nothing is predicted.
        gateway.put("modelmill.inference.addresses", ServerCommands.address(ports.next()));
        gateway.putAll(commands.credentials());
        Installed installed = new Installed(name, door, http, ServerCommands.jdbc(postgres, database), hold);
        installed.holdWorkers();
        group.start(List.of(
                commands.service("training-" + name, "training-service", http, grpc, HEAP_MEBIBYTES, training),
                commands.service("gateway-" + name, "gateway", ports.next(), door, HEAP_MEBIBYTES, gateway)));
        return installed;
    }

    private Map<String, String> config(String signer, String database) {
        return commands.config(signer, ServerCommands.jdbc(postgres, database), ServerCommands.address(kafka));
    }

    /** Ends all, the last that was started first. */
    @Override
    public void close() {
        group.close();
    }

    /**
     * A training-service behind a gateway.
     *
     * @param gateway gRPC port of its gateway
     * @param http port of training-service's metrics
     * @param database JDBC address
     * @param hold file that keeps its workers from ending
     */
    record Installed(String name, int gateway, int http, String database, Path hold) {
        /** From now on workers do not end. */
        void holdWorkers() {
            try {
                Files.writeString(hold, "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Workers end as soon as they have begun. */
        void letWorkersGo() {
            try {
                Files.deleteIfExists(hold);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
