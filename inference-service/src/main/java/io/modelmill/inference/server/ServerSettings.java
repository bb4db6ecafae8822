package io.modelmill.inference.server;

import io.grpc.netty.NettyServerBuilder;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The settings that this gRPC server shares with those of the other services, under the names that Quarkus gave them. */
@Singleton
final class ServerSettings {
    private static final String PREFIX = "quarkus.grpc.server.";
    private static final String PORT = PREFIX + "port";
    private static final String MESSAGE_SIZE = PREFIX + "max-inbound-message-size";
    private static final String KEEP_ALIVE = PREFIX + "netty.permit-keep-alive-time";
    private static final String CERTIFICATE = PREFIX + "ssl.certificate";
    private static final String KEY = PREFIX + "ssl.key";

    private static final int HIGHEST_PORT = 65_535;

    private final String host;
    private final int port;
    private final int maxInboundMessageSize;
    private final Duration permitKeepAliveTime;
    private final Optional<Certificate> certificate;

    /** PEM files. */
    record Certificate(Path chain, Path key) {
        void useFor(NettyServerBuilder server) {
            try {
                server.useTransportSecurity(chain.toFile(), key.toFile());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        chain + " and " + key.getFileName() + ": no certificate with its key (expected: PEM files)", e);
            }
        }
    }

    @Inject
    ServerSettings(
            @ConfigProperty(name = PREFIX + "host") String host,
            @ConfigProperty(name = PORT) int port,
            @ConfigProperty(name = MESSAGE_SIZE) int maxInboundMessageSize,
            @ConfigProperty(name = KEEP_ALIVE) Duration permitKeepAliveTime,
            @ConfigProperty(name = CERTIFICATE) Optional<Path> chain,
            @ConfigProperty(name = KEY) Optional<Path> key) {
        require(port >= 0 && port <= HIGHEST_PORT, PORT, port, "0 to " + HIGHEST_PORT);
        require(maxInboundMessageSize >= 1, MESSAGE_SIZE, maxInboundMessageSize, ">= 1, in bytes");
        require(permitKeepAliveTime.isPositive(), KEEP_ALIVE, permitKeepAliveTime, "above 0");
        this.host = host;
        this.port = port;
        this.maxInboundMessageSize = maxInboundMessageSize;
        this.permitKeepAliveTime = permitKeepAliveTime;
        if (chain.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException((chain.isPresent() ? KEY : CERTIFICATE)
                    + ": not set (expected: a PEM file, for " + (chain.isPresent() ? CERTIFICATE : KEY) + " is)");
        }
        chain.ifPresent(file -> requireFile(CERTIFICATE, file));
        key.ifPresent(file -> requireFile(KEY, file));
        this.certificate = chain.map(file -> new Certificate(file, key.orElseThrow()));
    }

    private static void require(boolean holds, String property, Object offending, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(property + ": " + offending + " (expected: " + expected + ")");
        }
    }

    private static void requireFile(String property, Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(property + ": " + file + " (expected: a PEM file that can be read)");
        }
    }

    String host() {
        return host;
    }

    /** 0 for any free one. */
    int port() {
        return port;
    }

    /** In bytes. */
    int maxInboundMessageSize() {
        return maxInboundMessageSize;
    }

    /** Clients that ask more often whether a connection lives are sent away. */
    Duration permitKeepAliveTime() {
        return permitKeepAliveTime;
    }

    Optional<Certificate> certificate() {
        return certificate;
    }
}
