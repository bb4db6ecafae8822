package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.StatusRuntimeException;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A request whose {@code bytes} fields are views of the buffers in which it arrived. It owns those buffers: whoever takes it
 * closes it, from any thread, and touches none of its {@code bytes} fields after that. Closing it twice changes nothing.
 */
final class WireMessage<Q extends MessageLite> implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    /** Heap of a parsed request that is too little to count; the bound of requests bounds it. */
    private static final int UNCOUNTED_HEAP = 32 * 1024;

    private final @Nullable InputStream buffers;
    private final @Nullable AdmittedCall call;
    private @Nullable Q message;
    private @Nullable ServiceException fault;

    /** Bytes that are counted for it: those on the wire and those that they became. */
    private long counted;

    /** One for being open and one for each reader; the buffers go with the last. */
    private final AtomicInteger uses = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();

    private WireMessage(@Nullable InputStream buffers, @Nullable AdmittedCall call) {
        this.buffers = buffers;
        this.call = call;
    }

    /**
     * Reads a request.
     *
     * @param stream as the transport gives it, valid during this call only unless it can be detached
     * @param cost what it takes when it is parsed
     * @param call whose share of the memory the request takes
     */
    static <Q extends MessageLite> WireMessage<Q> read(
            InputStream stream, Parser<Q> parser, WireCost cost, @Nullable AdmittedCall call) {
        InputStream detached = detach(stream);
        WireMessage<Q> read = new WireMessage<>(detached, call);
        try {
            ByteString bytes = detached == null ? read.copy(stream) : collect(detached);
            if (!WireCost.isAtMost(UNCOUNTED_HEAP, bytes)) {
                read.expand(cost.estimate(bytes));
            }
            read.message = parse(bytes, parser);
        } catch (InvalidProtocolBufferException e) {
            read.fault = new ServiceException(
                    InferenceReason.REQUEST_MALFORMED, "request: no message of its type (expected: protobuf)");
        } catch (StatusRuntimeException e) {
            // From grpc-java itself: an encoded message that is larger than any may be when decoded.
            read.fault = tooLarge(e);
        } catch (IOException e) {
            read.fault = new ServiceException(
                    InferenceReason.REQUEST_MALFORMED, "request: cannot be decoded (expected: its grpc-encoding)");
        } catch (ServiceException e) {
            read.fault = e;
        }
        if (call != null) {
            read.counted += call.received(read);
            if (call.hasEnded()) {
                // Its call was refused with the last of its bytes, and ended before they were a message.
                read.close();
            }
        }
        return read;
    }

    /** The stream's buffers as a stream of our own; null if it has none to give, as that of a compressed message. */
    private static @Nullable InputStream detach(InputStream stream) {
        if (!(stream instanceof HasByteBuffer buffers) || !(stream instanceof Detachable detachable)) {
            return null;
        }
        if (!buffers.byteBufferSupported() || !stream.markSupported()) {
            return null;
        }
        return detachable.detach();
    }

    private static ByteString collect(InputStream stream) throws IOException {
        int length = stream.available();
        // Without a mark, a buffer that was skipped is given back at once.
        stream.mark(length);
        List<ByteString> parts = new ArrayList<>();
        while (length > 0) {
            ByteBuffer buffer = ((HasByteBuffer) stream).getByteBuffer();
            if (buffer == null) {
                throw new IOException("the stream ended " + length + " bytes early");
            }
            int size = Math.min(buffer.remaining(), length);
            if (size > 0) {
                parts.add(UnsafeByteOperations.unsafeWrap(buffer.limit(buffer.position() + size)));
            }
            stream.skipNBytes(size);
            length -= size;
        }
        return ByteString.copyFrom(parts);
    }

    private ByteString copy(InputStream stream) throws IOException {
        ByteString.Output copy = ByteString.newOutput(CHUNK);
        byte[] chunk = new byte[CHUNK];
        int read = stream.read(chunk);
        while (read >= 0) {
            // What arrived was counted as it arrived; this is what it becomes.
            expand(read);
            copy.write(chunk, 0, read);
            read = stream.read(chunk);
        }
        return copy.toByteString();
    }

    private static <Q> Q parse(ByteString bytes, Parser<Q> parser) throws InvalidProtocolBufferException {
        CodedInputStream input = bytes.newCodedInput();
        input.enableAliasing(true);
        Q message = parser.parseFrom(input);
        input.checkLastTagWas(0);
        return message;
    }

    private static ServiceException tooLarge(StatusRuntimeException failure) {
        String text = failure.getStatus().getDescription();
        return new ServiceException(
                InferenceReason.REQUEST_TOO_LARGE, "request: " + (text == null ? "too large" : text));
    }

    /**
     * Counts memory that the request takes beyond its bytes on the wire, until it is closed. Only before others have it.
     *
     * @throws ServiceException if there is too little
     */
    void expand(long bytes) {
        if (call != null && bytes > 0) {
            call.expanding(counted, bytes);
            counted += bytes;
        }
    }

    /** Makes the caller its owner; false if it was closed with its stream. */
    boolean take() {
        return call == null || call.take(this);
    }

    /**
     * The message.
     *
     * @throws ServiceException if what arrived is none
     */
    Q message() {
        if (message == null) {
            throw fault == null ? new IllegalStateException("neither message nor fault") : fault;
        }
        return message;
    }

    /**
     * Runs work on the buffers, which stay until it has returned even if the message is closed meanwhile.
     *
     * @return false if the message was closed before, so that nothing was done
     */
    boolean whileOpen(Runnable work) {
        if (!acquire()) {
            return false;
        }
        try {
            work.run();
        } finally {
            release();
        }
        return true;
    }

    private boolean acquire() {
        int seen = uses.get();
        while (seen > 0) {
            if (uses.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = uses.get();
        }
        return false;
    }

    private void release() {
        if (uses.decrementAndGet() > 0) {
            return;
        }
        try {
            if (buffers != null) {
                buffers.close();
            }
        } catch (IOException e) {
            // It closes memory, nothing that could fail.
            throw new UncheckedIOException(e);
        } finally {
            if (call != null) {
                call.consumed(counted);
            }
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release();
        }
    }
}
