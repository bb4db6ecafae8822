package io.modelmill.gateway.routing;

import io.grpc.Channel;
import io.modelmill.servicekit.security.Caller;
import java.util.List;

/** A service with one address, whose channel finds the replicas by itself. */
record SingleBackend(String audience, Channel channel) implements Backend, Backend.Target {
    @Override
    public List<Target> targets(Caller caller, byte[] request) {
        return List.of(this);
    }

    @Override
    public void failed() {
        // The channel connects again by itself and there is no other to prefer.
    }
}
