package io.modelmill.benchmarks.mutants;

import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.benchmarks.servers.ServerCommands;
import io.modelmill.benchmarks.servers.ServerPorts;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import io.modelmill.fleet.process.Server;
import io.modelmill.servicekit.security.BearerToken;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.Role;
import io.modelmill.servicekit.security.TokenKeys;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A database server and one registry, which can be started again with other settings. The broker is away: events wait. */
final class RegistryServers implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final Duration TOKENS = Duration.ofHours(12);
    private static final int HEAP_MEBIBYTES = 256;

    private final ServerCommands commands;
    private final ServerPorts ports = new ServerPorts();
    private final int postgresPort = ports.next();
    private final int http = ports.next();
    private final int grpc = ports.next();
    private final int kafka = ports.next();
    private Server.@Nullable Running postgres;
    private Server.@Nullable Running registry;
    private @Nullable ManagedChannel channel;

    RegistryServers(ServerCommands commands) {
        this.commands = commands;
        commands.folder().create();
        commands.keys().create();
    }

    /**
     * Starts the registry, in place of the one before.
     *
     * @param settings beside those that it must have
     * @return its process
     */
    synchronized ProcessHandle start(Map<String, String> settings) {
        if (postgres == null) {
            postgres = start(commands.postgres(postgresPort, List.of("registry")));
        }
        stopRegistry();
        Map<String, String> config = commands.config(
                "registry-service", ServerCommands.jdbc(postgresPort, "registry"), ServerCommands.address(kafka));
        config.put(
                "modelmill.artifacts.directory", commands.folder().artifacts().toString());
        config.putAll(settings);
        Server.Running started =
                start(commands.service("registry-service", "registry-service", http, grpc, HEAP_MEBIBYTES, config));
        registry = started;
        channel = Grpc.newChannelBuilderForAddress(LoopbackPort.HOST, grpc, InsecureChannelCredentials.create())
                .build();
        return started.handle();
    }

    private Server.Running start(Server server) {
        Server.Running started = server.start();
        if (Poll.until(
                        READY,
                        () -> Optional.of(true).filter(yes -> server.readiness().isReady()))
                .isEmpty()) {
            started.stop(GRACE);
            throw new FleetException(server.name() + " is not ready within " + READY.toSeconds() + " s: see "
                    + commands.folder().log(server.name()));
        }
        return started;
    }

    /** Calls the running registry as a tenant. */
    synchronized MutantClient tenant(String id) {
        if (channel == null) {
            throw new IllegalStateException("no registry runs");
        }
        CallerTokenSigner signer =
                new CallerTokenSigner(TokenKeys.readPrivate(commands.keys().signing("gateway")));
        Caller caller = new Caller("tenants/" + id + "/apiKeys/bench", Optional.of(id), Set.of(Role.TENANT));
        String token = signer.sign(caller, List.of("registry-service"), TOKENS);
        return new MutantClient(ClientInterceptors.intercept(channel, BearerToken.sending(() -> token)), id);
    }

    /** HTTP port of the registry's metrics. */
    int http() {
        return http;
    }

    /** Ends the registry, politely. */
    synchronized void stopRegistry() {
        if (channel != null) {
            channel.shutdownNow();
            channel = null;
        }
        if (registry != null) {
            registry.stop(GRACE);
            registry = null;
        }
    }

    @Override
    public synchronized void close() {
        stopRegistry();
        if (postgres != null) {
            postgres.stop(GRACE);
            postgres = null;
        }
    }
}
