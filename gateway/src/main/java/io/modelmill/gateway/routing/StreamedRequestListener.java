package io.modelmill.gateway.routing;

import io.grpc.ServerCall;

/** Passes requests on as they come, no faster than the backend takes them. */
final class StreamedRequestListener extends ServerCall.Listener<byte[]> {
    private final ForwardedCall forwarded;

    StreamedRequestListener(ServerCall<byte[], byte[]> call, ForwardedCall forwarded) {
        this.forwarded = forwarded;
        forwarded.startStreaming();
        call.request(1);
    }

    @Override
    public void onMessage(byte[] message) {
        forwarded.send(message);
    }

    @Override
    public void onHalfClose() {
        forwarded.endOfRequests();
    }

    @Override
    public void onReady() {
        forwarded.callerReady();
    }

    @Override
    public void onCancel() {
        forwarded.cancel();
    }
}
