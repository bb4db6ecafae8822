package io.modelmill.gateway.routing;

import io.grpc.ServerCall;

/** Passes requests on as they come, no faster than the backend takes them. */
final class StreamedRequestListener extends ServerCall.Listener<byte[]> {
    private final ForwardedCall forwarded;
    private boolean started;

    StreamedRequestListener(ServerCall<byte[], byte[]> call, ForwardedCall forwarded) {
        this.forwarded = forwarded;
        // The first request says where the stream goes.
        call.request(1);
    }

    @Override
    public void onMessage(byte[] message) {
        start(message);
        forwarded.send(message);
    }

    @Override
    public void onHalfClose() {
        start(new byte[0]);
        forwarded.endOfRequests();
    }

    private void start(byte[] first) {
        if (!started) {
            started = true;
            forwarded.startStreaming(first);
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
}
