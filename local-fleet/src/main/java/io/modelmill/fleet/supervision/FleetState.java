package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetPorts;
import io.modelmill.fleet.process.ProcessRef;
import io.modelmill.fleet.process.Readiness;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * What runs on a data folder, as its supervisor last wrote it down for other commands and for its successor.
 *
 * @param message why the fleet failed; empty otherwise
 * @param trustedCertificate what callers of the gateway must trust, if it speaks TLS
 * @param servers in the order of their start
 * @param descendants processes that servers started
 */
public record FleetState(
        ProcessRef supervisor,
        Phase phase,
        String message,
        FleetPorts ports,
        Optional<Path> trustedCertificate,
        List<ServerState> servers,
        List<ProcessRef> descendants) {
    public FleetState {
        servers = List.copyOf(servers);
        descendants = List.copyOf(descendants);
    }

    /** Where the fleet is in its life. */
    public enum Phase {
        /** Not all processes have been ready yet. */
        STARTING,
        /** All processes have been ready, and those that die are started again. */
        UP,
        /** Being stopped. */
        STOPPING,
        /** Cannot go on; {@link #message} says why. */
        FAILED
    }

    /**
     * One process.
     *
     * @param process none if it is between death and restart
     * @param started whether it has been ready once
     */
    public record ServerState(
            String name,
            String address,
            Readiness readiness,
            Optional<ProcessRef> process,
            int restarts,
            boolean started) {}

    /** Whether the supervisor runs. */
    public boolean isSupervised() {
        return supervisor.find().isPresent();
    }

    /** Every process of the fleet that still runs, but for the supervisor: last started first. */
    public List<ProcessHandle> alive() {
        List<ProcessHandle> alive = new ArrayList<>();
        for (ServerState server : servers.reversed()) {
            server.process().flatMap(ProcessRef::find).ifPresent(alive::add);
        }
        descendants.forEach(process -> process.find().ifPresent(alive::add));
        return alive;
    }

    /** Reads the state of a folder; empty if no fleet ever ran there, or it ended as it should. */
    public static Optional<FleetState> read(FleetFolder folder) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(folder.state())));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Optional.of(of(properties));
    }

    /** Writes the state whole or not at all. */
    void write(FleetFolder folder) {
        StringWriter text = new StringWriter();
        try {
            properties().store(text, null);
            Path temporary = Files.writeString(folder.state().resolveSibling("fleet.properties.new"), text.toString());
            Files.move(temporary, folder.state(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the state of a fleet that has ended. */
    static void remove(FleetFolder folder) {
        try {
            Files.deleteIfExists(folder.state());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FleetState of(Properties properties) {
        List<ServerState> servers = new ArrayList<>();
        for (String name : list(properties, "servers")) {
            String prefix = "server." + name + ".";
            servers.add(new ServerState(
                    name,
                    properties.getProperty(prefix + "address", ""),
                    Readiness.parse(properties.getProperty(prefix + "readiness", "")),
                    Optional.ofNullable(properties.getProperty(prefix + "process"))
                            .map(ProcessRef::parse),
                    Integer.parseInt(properties.getProperty(prefix + "restarts", "0")),
                    Boolean.parseBoolean(properties.getProperty(prefix + "started"))));
        }
        return new FleetState(
                ProcessRef.parse(properties.getProperty("supervisor", "")),
                Phase.valueOf(properties.getProperty("phase", "")),
                properties.getProperty("message", ""),
                new FleetPorts(
                        Integer.parseInt(properties.getProperty("base-port", "")),
                        Integer.parseInt(properties.getProperty("inference-replicas", ""))),
                Optional.ofNullable(properties.getProperty("trusted-certificate"))
                        .map(Path::of),
                servers,
                list(properties, "descendants").stream().map(ProcessRef::parse).toList());
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("supervisor", supervisor.toString());
        properties.setProperty("phase", phase.name());
        properties.setProperty("message", message);
        properties.setProperty("base-port", Integer.toString(ports.base()));
        properties.setProperty("inference-replicas", Integer.toString(ports.inferenceReplicas()));
        trustedCertificate.ifPresent(file -> properties.setProperty("trusted-certificate", file.toString()));
        properties.setProperty(
                "servers",
                String.join(",", servers.stream().map(ServerState::name).toList()));
        for (ServerState server : servers) {
            String prefix = "server." + server.name() + ".";
            properties.setProperty(prefix + "address", server.address());
            properties.setProperty(prefix + "readiness", server.readiness().toString());
            server.process().ifPresent(process -> properties.setProperty(prefix + "process", process.toString()));
            properties.setProperty(prefix + "restarts", Integer.toString(server.restarts()));
            properties.setProperty(prefix + "started", Boolean.toString(server.started()));
        }
        properties.setProperty(
                "descendants",
                String.join(",", descendants.stream().map(ProcessRef::toString).toList()));
        return properties;
    }

    private static List<String> list(Properties properties, String key) {
        String text = properties.getProperty(key, "");
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }
}
