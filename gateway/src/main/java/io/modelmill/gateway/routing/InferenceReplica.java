package io.modelmill.gateway.routing;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;

/** One replica of inference-service and what is known of it. */
final class InferenceReplica implements Backend.Target {
    private final String address;
    private final ManagedChannel connection;
    private final Channel channel;
    private volatile boolean ready;

    /** @param channel the connection, with the interceptors that calls pass */
    InferenceReplica(String address, ManagedChannel connection, Channel channel) {
        this.address = address;
        this.connection = connection;
        this.channel = channel;
    }

    String address() {
        return address;
    }

    /** The bare connection, for calls that are part of no trace. */
    Channel connection() {
        return connection;
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public void failed() {
        ready = false;
    }

    /** Ends the connection once its calls are done. */
    void leave() {
        connection.shutdown();
    }

    /** What the last look found; answers whether that is news. */
    boolean found(boolean nowReady) {
        boolean news = ready != nowReady;
        ready = nowReady;
        return news;
    }

    /** Whether the replica said that it can answer and its connection is not broken. */
    boolean isReady() {
        return ready && connection.getState(false) != ConnectivityState.TRANSIENT_FAILURE;
    }
}
