package io.modelmill.benchmarks.servers;

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
 * How servers are started as those of a local fleet are, with settings of the benchmark's own.
 *
 * @param folder of data, logs and keys
 * @param jvmOptions of the services, beside those that each needs
 */
public record ServerCommands(Installation installation, FleetFolder folder, List<String> jvmOptions) {
    private static final List<String> SMALL_JVM =
            List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    public ServerCommands {
        jvmOptions = List.copyOf(jvmOptions);
    }

    /** The secrets of all services. */
    public FleetKeys keys() {
        return new FleetKeys(folder.keys());
    }

    /** The database server with these databases. */
    public Server postgres(int port, List<String> databases) {
        String name = "postgres";
        return new PostgresProcesses(folder.postgres(), port, folder.cache(name), folder.log(name), databases);
    }

    /**
     * The broker.
     *
     * @param advertised the port that clients are told to use
     */
    public Server kafka(int port, int controller, int advertised) {
        String name = "kafka";
        List<String> command =
                new ArrayList<>(List.of(Installation.java().toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1"));
        command.addAll(SMALL_JVM);
        command.addAll(List.of(
                "-cp",
                Installation.classPath(),
                KafkaBrokerMain.class.getName(),
                folder.kafka().toString(),
                Integer.toString(port),
                Integer.toString(controller),
                Integer.toString(advertised)));
        // Asked at its own port: clients would go on to the advertised one.
        return new ChildServer(name, address(port), command, Map.of(), folder.log(name), new Readiness.Port(port));
    }

    /**
     * A service.
     *
     * @param name of this replica
     * @param config its properties
     */
    public Server service(
            String name, String module, int http, int grpc, int heapMebibytes, Map<String, String> config) {
        List<String> command = new ArrayList<>(List.of(Installation.java().toString(), "-Xmx" + heapMebibytes + "m"));
        command.addAll(jvmOptions);
        command.addAll(SMALL_JVM);
        command.add("-XX:+ExitOnOutOfMemoryError");
        Map<String, String> all = new LinkedHashMap<>(config);
        all.put("quarkus.http.host", LoopbackPort.HOST);
        all.put("quarkus.http.port", Integer.toString(http));
        all.put("quarkus.grpc.server.host", LoopbackPort.HOST);
        all.put("quarkus.grpc.server.port", Integer.toString(grpc));
        all.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.add("-jar");
        command.add(installation.service(module).toString());
        return new ChildServer(
                name, address(grpc), command, Map.of(), folder.log(name), new Readiness.Health(http, Optional.empty()));
    }

    /**
     * What every service with a database is told.
     *
     * @param signer whose key it signs with
     */
    public Map<String, String> config(String signer, String jdbcUrl, String kafka) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("modelmill.security.trusted-keys-file", keys().trusted().toString());
        config.put("modelmill.security.signing-key-file", keys().signing(signer).toString());
        config.put("quarkus.datasource.jdbc.url", jdbcUrl);
        config.put("quarkus.datasource.username", PostgresServer.USER);
        config.put("kafka.bootstrap.servers", kafka);
        return config;
    }

    /** What a gateway is told beside that. */
    public Map<String, String> credentials() {
        return Map.of(
                "modelmill.auth.pepper-file", keys().pepper().toString(),
                "modelmill.auth.admin-key-file", keys().admin().toString());
    }

    /** The class path of a worker of the benchmark's own, with the real one's behind it. */
    public String workerClassPath() {
        Path worker = installation.worker();
        return String.join(
                File.pathSeparator,
                installation.home().resolve("benchmarks/target/benchmarks.jar").toString(),
                worker.resolve("training-worker.jar").toString(),
                worker.resolve("lib").resolve("*").toString());
    }

    /** A port of this machine. */
    public static String address(int port) {
        return LoopbackPort.HOST + ":" + port;
    }

    /** A database of the server at a port. */
    public static String jdbc(int port, String database) {
        return "jdbc:postgresql://" + address(port) + "/" + database;
    }
}
