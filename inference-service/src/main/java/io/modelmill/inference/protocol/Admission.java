package io.modelmill.inference.protocol;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import io.netty.util.internal.PlatformDependent;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what is in flight: predictions, and the bytes of their requests and answers. A request's bytes count from the
 * first that arrives until the run has copied them, an answer's until the transport has sent it. Whoever would exceed the
 * bounds is refused and gives all of its own back, so that the others can go on.
 */
@Singleton
public final class Admission extends ServerStreamTracer.Factory {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /**
     * The transport's memory is looked at after each such part of the bound, at the least after {@link #LEAST_LOOK_BYTES}. A
     * look walks through all pieces of memory that the transport holds, of which there are more the larger the bound is.
     */
    private static final int LOOKS_A_BOUND = 64;

    /**
     * Memory that the transport may take for each byte in flight. Frames of many large requests on one connection come in turns:
     * those of a request that goes on keep alive nearly all memory that those which were refused lay in.
     */
    private static final int TAKEN_FOR_EACH_BYTE = 4;

    /** The largest message that a replica takes unless it is told otherwise, and a little more. */
    private static final long LARGEST_REQUEST = 66L << 20;

    private static final int LEAST_LOOK_BYTES = 128 * 1024;

    private static final ServerStreamTracer UNCOUNTED = new ServerStreamTracer() {};

    /** Methods whose calls are counted, by full name. */
    private static final Set<String> COUNTED =
            Set.of("inference.GRPCInferenceService/ModelInfer", "inference.GRPCInferenceService/ModelStreamInfer");

    private final int maxRequests;
    private final long maxBytes;
    private final LongSupplier takenBytes;
    private final long maxTaken;
    private final long lookBytes;
    private final AtomicLong arrived = new AtomicLong();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean tight;

    /** Goes on while the transport has too little memory. */
    private final AtomicReference<@Nullable AdmittedCall> preferred = new AtomicReference<>();

    private volatile boolean closed;

    @Inject
    Admission(AdmissionConfig config, TransportMemory memory, MeterRegistry meters) {
        this(
                config.maxRequests(),
                config.maxBytes().map(MemorySize::asLongValue).orElseGet(Admission::defaultBytes),
                memory::takenBytes);
        Gauge.builder("modelmill.inference.admission.requests", this, Admission::requestsInFlight)
                .description("Predictions in flight")
                .register(meters);
        Gauge.builder("modelmill.inference.admission.bytes", this, Admission::bytesInFlight)
                .description("Bytes of requests and answers in flight")
                .baseUnit("bytes")
                .register(meters);
        Gauge.builder("modelmill.inference.transport", memory, TransportMemory::heldBytes)
                .description("Bytes of the connections' buffers that are in use")
                .baseUnit("bytes")
                .register(meters);
    }

    private static long defaultBytes() {
        long memory = PlatformDependent.maxDirectMemory();
        return Math.max(memory / (2 * TAKEN_FOR_EACH_BYTE), Math.min(LARGEST_REQUEST, memory / 4));
    }

    /** @param takenBytes memory of the transport now */
    Admission(int maxRequests, long maxBytes, LongSupplier takenBytes) {
        if (maxRequests < 1) {
            throw new IllegalArgumentException(
                    "modelmill.admission.max-requests: " + maxRequests + " (expected: >= 1)");
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("modelmill.admission.max-bytes: " + maxBytes + " (expected: >= 1)");
        }
        this.maxRequests = maxRequests;
        this.maxBytes = maxBytes;
        this.takenBytes = takenBytes;
        // The runs need memory too.
        this.maxTaken = Math.min(TAKEN_FOR_EACH_BYTE * maxBytes, PlatformDependent.maxDirectMemory() / 8 * 5);
        this.lookBytes = Math.max(maxBytes / LOOKS_A_BOUND, LEAST_LOOK_BYTES);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
        return COUNTED.contains(fullMethodName) ? new AdmittedCall(this) : UNCOUNTED;
    }

    /** Takes the place of one prediction; false if there is none, which {@link #refusal} says why. */
    boolean enter() {
        // Counted first: who closes and then counts nobody has refused everybody since.
        if (requests.incrementAndGet() <= maxRequests && !closed) {
            return true;
        }
        requests.decrementAndGet();
        return false;
    }

    /** Takes no new prediction from now on. */
    public void close() {
        closed = true;
    }

    void leave() {
        requests.decrementAndGet();
    }

    /** Takes room for bytes; false if there is none, and then nothing was taken. */
    boolean take(long count) {
        if (bytes.addAndGet(count) <= maxBytes) {
            return true;
        }
        bytes.addAndGet(-count);
        return false;
    }

    /**
     * Whether the transport has memory for bytes that have just arrived. It may take more than the bytes in flight: calls that
     * share a connection lie in the same buffers, which go with the last of them. Once it has taken too much, every call of which
     * more arrives is refused until enough was given back; the event loop would come to a standstill where there is none left.
     * One call at a time goes on even then, or calls that arrive in turns would all be refused.
     */
    boolean hasMemoryFor(AdmittedCall call, long count) {
        long before = arrived.getAndAdd(count);
        boolean looks = before / lookBytes != (before + count) / lookBytes;
        if (looks || tight) {
            tight = takenBytes.getAsLong() > maxTaken;
        }
        return !tight || preferred.compareAndSet(null, call) || preferred.get() == call;
    }

    /** The call takes no memory of the transport any more. */
    void finished(AdmittedCall call) {
        preferred.compareAndSet(call, null);
    }

    void giveBack(long count) {
        bytes.addAndGet(-count);
    }

    /** Predictions in flight. */
    public int requestsInFlight() {
        return requests.get();
    }

    long bytesInFlight() {
        return bytes.get();
    }

    /** The answer to one prediction too many, or to one that comes when the replica goes. */
    ServiceException refusal() {
        if (closed) {
            return new ServiceException(InferenceReason.REPLICA_NOT_READY, "this replica is shutting down");
        }
        return new ServiceException(
                InferenceReason.TOO_MANY_REQUESTS,
                "predictions in flight: " + maxRequests + " (expected: fewer, the most that this replica takes)",
                List.of(),
                Optional.of(RETRY_AFTER));
    }

    /**
     * The answer to bytes beyond the bound.
     *
     * @param own bytes of the call itself: what fits in no case is not worth another try
     */
    ServiceException tooManyBytes(long own) {
        return own > maxBytes
                ? new ServiceException(
                        InferenceReason.REQUEST_TOO_LARGE,
                        "bytes of one prediction: " + own + " or more (expected: at most " + maxBytes
                                + ", all that this replica takes at a time)")
                : new ServiceException(
                        InferenceReason.TOO_MANY_BYTES,
                        "bytes of the predictions in flight: no room for this one's " + own
                                + " or more (expected: at most " + maxBytes + " for all together)",
                        List.of(),
                        Optional.of(RETRY_AFTER));
    }
}
