package io.modelmill.gateway.rest;

import io.grpc.Channel;
import io.grpc.Context;
import io.modelmill.gateway.auth.ApiKeyVerifier;
import io.modelmill.gateway.auth.PresentedCredential;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import java.util.concurrent.Callable;

/** The request that is being answered: who makes it, and whether the client is still there. */
@RequestScoped
class RestCall {
    private final ApiKeyVerifier verifier;
    private final InProcessDoor door;
    private final RoutingContext request;

    RestCall(ApiKeyVerifier verifier, InProcessDoor door, RoutingContext request) {
        this.verifier = verifier;
        this.door = door;
        this.request = request;
    }

    /**
     * The services as the caller may use them. May block.
     *
     * @throws io.modelmill.servicekit.error.ServiceException UNAUTHENTICATED if the request carries no good key
     */
    Channel services() {
        return door.as(verifier.verify(PresentedCredential.of(
                request.request().getHeader("authorization"),
                request.request().getHeader(PresentedCredential.API_KEY_HEADER))));
    }

    /** Makes calls that are cancelled when the client goes away. */
    <T> T whileClientWaits(Callable<T> calls) throws Exception {
        Context.CancellableContext context = Context.current().withCancellation();
        request.addEndHandler(ended -> context.cancel(null));
        return context.call(calls);
    }
}
