package io.modelmill.benchmarks.search;

import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.benchmarks.servers.ServerGroup;
import io.modelmill.benchmarks.servers.ServerPorts;
import java.util.List;
import java.util.Map;

/** A database server, a broker, a registry and a gateway. */
final class SearchServers implements AutoCloseable {
    private static final int HEAP_MEBIBYTES = 512;

    private final ServerGroup group;
    private final int gateway;
    private final String database;

    private SearchServers(ServerGroup group, int gateway, String database) {
        this.group = group;
        this.gateway = gateway;
        this.database = database;
    }

    static SearchServers start(ServerCommands commands) {
        ServerPorts ports = new ServerPorts();
        int postgres = ports.next();
        int kafka = ports.next();
        int registry = ports.next();
        int door = ports.next();
        commands.folder().create();
        commands.keys().create();
        String broker = ServerCommands.address(kafka);
        Map<String, String> ofRegistry =
                commands.config("registry-service", ServerCommands.jdbc(postgres, "registry"), broker);
        ofRegistry.put(
                "modelmill.artifacts.directory", commands.folder().artifacts().toString());
        Map<String, String> ofGateway = commands.config("gateway", ServerCommands.jdbc(postgres, "gateway"), broker);
        ofGateway.put("modelmill.registry.address", ServerCommands.address(registry));
        // Nothing is trained, nothing is predicted.
        ofGateway.put("modelmill.training.address", ServerCommands.address(ports.next()));
        ofGateway.put("modelmill.inference.addresses", ServerCommands.address(ports.next()));
        ofGateway.putAll(commands.credentials());
        ServerGroup group = new ServerGroup(commands);
        try {
            group.start(List.of(
                    commands.postgres(postgres, List.of("registry", "gateway")),
                    commands.kafka(kafka, ports.next(), kafka)));
            group.start(List.of(
                    commands.service(
                            "registry-service", "registry-service", ports.next(), registry, HEAP_MEBIBYTES, ofRegistry),
                    commands.service("gateway", "gateway", ports.next(), door, HEAP_MEBIBYTES, ofGateway)));
        } catch (RuntimeException failure) {
            group.close();
            throw failure;
        }
        return new SearchServers(group, door, ServerCommands.jdbc(postgres, "registry"));
    }

    /** gRPC port of the gateway. */
    int gateway() {
        return gateway;
    }

    /** JDBC address of the registry's database. */
    String database() {
        return database;
    }

    @Override
    public void close() {
        group.close();
    }
}
