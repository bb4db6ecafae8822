package io.modelmill.benchmarks.load;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A unary method that is always sent the same bytes, encoded once. Answers are counted, not decoded, so that the load
 * generator costs little beside what it measures.
 */
public final class GrpcTarget implements Target {
    private final Channel channel;
    private final MethodDescriptor<byte[], Integer> method;
    private final byte[] request;
    private final Optional<Duration> deadline;
    private final Metadata headers;

    /**
     * Names a target.
     *
     * @param channel whose calls are answered on its own threads, without an executor between
     * @param method full name, such as {@code inference.GRPCInferenceService/ModelInfer}
     * @param request the message, encoded
     * @param deadline of each call, from when it is made
     * @param headers of each call
     */
    public GrpcTarget(Channel channel, String method, byte[] request, Optional<Duration> deadline, Metadata headers) {
        this.channel = channel;
        this.method = MethodDescriptor.<byte[], Integer>newBuilder()
                .setType(MethodType.UNARY)
                .setFullMethodName(method)
                .setRequestMarshaller(new Sent())
                .setResponseMarshaller(new Counted())
                .build();
        this.request = request;
        this.deadline = deadline;
        this.headers = headers;
    }

    /** The same calls with a deadline. */
    public GrpcTarget within(Duration limit) {
        return new GrpcTarget(channel, method.getFullMethodName(), request, Optional.of(limit), headers);
    }

    /** The same calls with one more header. */
    public GrpcTarget with(String header, String value) {
        Metadata more = new Metadata();
        more.merge(headers);
        more.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
        return new GrpcTarget(channel, method.getFullMethodName(), request, deadline, more);
    }

    @Override
    public void call(Answer answer) {
        CallOptions options = deadline.map(
                        limit -> CallOptions.DEFAULT.withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS))
                .orElse(CallOptions.DEFAULT);
        ClientCall<byte[], Integer> call = channel.newCall(method, options);
        Metadata sent = new Metadata();
        sent.merge(headers);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        answer.arrived(status.getCode());
                    }
                },
                sent);
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
    }

    /**
     * Makes one call and waits.
     *
     * @return bytes of the answer's message
     * @throws StatusRuntimeException if it failed
     */
    public int callOnce() {
        return ClientCalls.blockingUnaryCall(
                channel,
                method,
                CallOptions.DEFAULT.withDeadlineAfter(
                        deadline.orElse(Duration.ofSeconds(60)).toNanos(), TimeUnit.NANOSECONDS),
                request);
    }

    /** Bytes of the request's message. */
    public int requestBytes() {
        return request.length;
    }

    private static final class Sent implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new Bytes(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            throw new UnsupportedOperationException("requests are only sent");
        }
    }

    private static final class Counted implements MethodDescriptor.Marshaller<Integer> {
        @Override
        public InputStream stream(Integer value) {
            throw new UnsupportedOperationException("answers are only received");
        }

        @Override
        public Integer parse(InputStream stream) {
            try {
                return stream.available();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Copied once, into the transport's buffers. */
    private static final class Bytes extends ByteArrayInputStream implements KnownLength, Drainable {
        Bytes(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int drainTo(OutputStream to) throws IOException {
            int length = available();
            to.write(buf, pos, length);
            pos = count;
            return length;
        }
    }
}
