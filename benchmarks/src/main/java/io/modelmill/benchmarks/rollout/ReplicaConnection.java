package io.modelmill.benchmarks.rollout;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.modelmill.benchmarks.machine.LoopbackPort;
import io.modelmill.servicekit.security.BearerToken;
import java.util.function.Supplier;

/**
 * A connection to one replica of inference-service.
 *
 * @param channel sends the token with every call
 */
record ReplicaConnection(ManagedChannel connection, Channel channel) implements AutoCloseable {
    static ReplicaConnection open(int port, Supplier<String> token) {
        ManagedChannel connection = Grpc.newChannelBuilderForAddress(
                        LoopbackPort.HOST, port, InsecureChannelCredentials.create())
                .build();
        return new ReplicaConnection(connection, ClientInterceptors.intercept(connection, BearerToken.sending(token)));
    }

    @Override
    public void close() {
        connection.shutdownNow();
    }
}
