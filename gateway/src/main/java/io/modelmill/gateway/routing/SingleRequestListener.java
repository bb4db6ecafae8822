package io.modelmill.gateway.routing;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Takes the one request of a call and forwards it when it is complete; it is kept, so that it can be sent again. */
final class SingleRequestListener extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final ForwardedCall forwarded;
    private byte @Nullable [] request;
    private boolean refused;

    SingleRequestListener(ServerCall<byte[], byte[]> call, ForwardedCall forwarded) {
        this.call = call;
        this.forwarded = forwarded;
        // The second would be one too many, which only shows if it is asked for.
        call.request(2);
    }

    @Override
    public void onMessage(byte[] message) {
        if (request != null) {
            refuse("more than one request");
            return;
        }
        request = message;
    }

    @Override
    public void onHalfClose() {
        byte[] complete = request;
        if (complete == null) {
            refuse("no request");
        } else if (!refused) {
            forwarded.sendWhole(complete);
        }
    }

    @Override
    public void onReady() {
        forwarded.callerReady();
    }

    @Override
    public void onCancel() {
        forwarded.cancel();
    }

    private void refuse(String what) {
        if (!refused) {
            refused = true;
            call.close(Status.INVALID_ARGUMENT.withDescription(what + " (expected: exactly one)"), new Metadata());
        }
    }
}
