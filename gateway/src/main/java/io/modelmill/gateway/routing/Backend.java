package io.modelmill.gateway.routing;

import io.grpc.Channel;
import io.modelmill.servicekit.security.Caller;
import java.util.List;

/** A service behind the gateway. */
interface Backend {
    /** The service's name, which tokens for it carry as their audience. */
    String audience();

    /**
     * Where a call may go, best first; empty if nobody is known who could answer.
     *
     * @param request the call's only message, or empty if it streams
     */
    List<Target> targets(Caller caller, byte[] request);

    /** One process that can answer. */
    interface Target {
        Channel channel();

        /** Told when a call found nobody there. */
        void failed();
    }
}
