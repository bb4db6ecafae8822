package io.modelmill.fleet.client;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.modelmill.servicekit.security.BearerToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A gRPC connection to the gateway of a local fleet. */
public final class GatewayConnection implements AutoCloseable {
    private static final int LARGEST_MESSAGE = 64 << 20;

    private final ManagedChannel channel;

    private GatewayConnection(ManagedChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects to the gateway on a port.
     *
     * @param trustedCertificate for a gateway that speaks TLS: a PEM file whose certificate names {@code localhost}
     */
    public static GatewayConnection open(int port, Optional<Path> trustedCertificate) {
        // A certificate mostly names the host; without one the number spares a look-up.
        String host = trustedCertificate.isPresent() ? "localhost" : "127.0.0.1";
        return new GatewayConnection(Grpc.newChannelBuilderForAddress(host, port, credentials(trustedCertificate))
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .build());
    }

    /** Calls with a credential: an API key or an exchanged token. */
    public Channel with(String credential) {
        return ClientInterceptors.intercept(channel, BearerToken.sending(() -> credential));
    }

    @Override
    public void close() {
        channel.shutdownNow();
        boolean interrupted = false;
        try {
            channel.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static ChannelCredentials credentials(Optional<Path> trustedCertificate) {
        if (trustedCertificate.isEmpty()) {
            return InsecureChannelCredentials.create();
        }
        try {
            return TlsChannelCredentials.newBuilder()
                    .trustManager(trustedCertificate.get().toFile())
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
