package io.modelmill.inference.protocol;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelStreamInferResponse;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's ModelStreamInfer. Each request of a stream goes the way of a call of its own, and its answer is sent when
 * it is ready, under the request's id. What is wrong with one request is told in its answer, and the stream goes on; it ends
 * with a status only if it does not keep to the protocol or its bytes find no room.
 *
 * <p>A stream has at most {@value #MOST_IN_FLIGHT} requests in flight: the next is read when one was answered and the caller
 * takes answers.
 */
final class StreamInferGrpcService
        implements ServerCallHandler<WireMessage<ModelInferRequest>, ModelStreamInferResponse> {
    static final int MOST_IN_FLIGHT = 32;

    private static final String ASKS_FOR_FINAL = "triton_enable_empty_final_response";
    private static final String FINAL = "triton_final_response";

    private final Admission admission;
    private final BiConsumer<WireMessage<ModelInferRequest>, Reply<ModelInferResponse>> infer;

    /** @param infer begins to answer and never blocks; it closes the request, whatever happens, unless it throws */
    StreamInferGrpcService(
            Admission admission, BiConsumer<WireMessage<ModelInferRequest>, Reply<ModelInferResponse>> infer) {
        this.admission = admission;
        this.infer = infer;
    }

    @Override
    public ServerCall.Listener<WireMessage<ModelInferRequest>> startCall(
            ServerCall<WireMessage<ModelInferRequest>, ModelStreamInferResponse> call, Metadata headers) {
        AdmittedCall counted = AdmittedCall.current();
        InferStream stream = new InferStream(call, counted == null ? new AdmittedCall(admission) : counted);
        stream.begin();
        return stream;
    }

    /** One stream. Its lock guards its state and its call, which takes one caller at a time. */
    private final class InferStream extends ServerCall.Listener<WireMessage<ModelInferRequest>> {
        private final ServerCall<WireMessage<ModelInferRequest>, ModelStreamInferResponse> call;
        private final AdmittedCall admitted;
        private final Set<StreamReply> inFlight = new HashSet<>();
        /** Requests to ask for when the caller takes answers again. */
        private int owed;

        private boolean allCame;
        private boolean ended;

        InferStream(ServerCall<WireMessage<ModelInferRequest>, ModelStreamInferResponse> call, AdmittedCall admitted) {
            this.call = call;
            this.admitted = admitted;
        }

        void begin() {
            try {
                admitted.open(this::refuse);
            } catch (ServiceException refused) {
                refuse(refused);
                return;
            }
            synchronized (this) {
                if (!ended) {
                    call.sendHeaders(new Metadata());
                    call.request(MOST_IN_FLIGHT);
                }
            }
        }

        @Override
        public void onMessage(WireMessage<ModelInferRequest> message) {
            if (!message.take()) {
                return;
            }
            StreamReply reply = new StreamReply(this, message);
            synchronized (this) {
                if (ended) {
                    message.close();
                    return;
                }
                inFlight.add(reply);
            }
            if (!reply.enter()) {
                message.close();
                reply.fail(admission.refusal());
                return;
            }
            try {
                infer.accept(message, reply);
            } catch (RuntimeException failure) {
                message.close();
                reply.fail(failure);
            }
        }

        @Override
        public void onHalfClose() {
            synchronized (this) {
                allCame = true;
                endIfDone();
            }
        }

        @Override
        public void onReady() {
            admitted.sent();
            synchronized (this) {
                if (!ended && owed > 0) {
                    call.request(owed);
                    owed = 0;
                }
            }
        }

        @Override
        public void onCancel() {
            abandon();
            admitted.ended();
        }

        @Override
        public void onComplete() {
            admitted.ended();
        }

        /** Bytes of the stream exceed what there is room for. */
        private void refuse(ServiceException reason) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
                StatusException status = StatusMapper.toStatus(reason);
                Metadata trailers = status.getTrailers();
                call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
            }
            abandon();
        }

        /** Nobody waits for answers any more. */
        private void abandon() {
            List<StreamReply> waiting;
            synchronized (this) {
                ended = true;
                waiting = new ArrayList<>(inFlight);
            }
            waiting.forEach(StreamReply::cancel);
        }

        synchronized void send(ModelStreamInferResponse message) {
            if (!ended) {
                call.sendMessage(message);
            }
        }

        synchronized void over(StreamReply reply) {
            inFlight.remove(reply);
            if (ended) {
                return;
            }
            if (call.isReady()) {
                admitted.sent();
                call.request(1);
            } else {
                owed++;
            }
            endIfDone();
        }

        private void endIfDone() {
            if (allCame && inFlight.isEmpty() && !ended) {
                ended = true;
                call.close(Status.OK, new Metadata());
            }
        }
    }

    /** The answer to one request of a stream. */
    private final class StreamReply implements Reply<ModelInferResponse> {
        private final InferStream stream;
        private final String id;
        private final boolean saysThatItIsFinal;
        private boolean entered;
        private boolean answered;
        private boolean over;
        private boolean cancelled;
        private @Nullable Runnable onCancel;

        StreamReply(InferStream stream, WireMessage<ModelInferRequest> message) {
            this.stream = stream;
            String known = "";
            boolean asks = false;
            try {
                ModelInferRequest request = message.message();
                known = request.getId();
                asks = request.getParametersOrDefault(ASKS_FOR_FINAL, InferParameter.getDefaultInstance())
                        .getBoolParam();
            } catch (ServiceException malformed) {
                // Whoever answers it will find the same.
                known = "";
            }
            this.id = known;
            this.saysThatItIsFinal = asks;
        }

        /** Takes the place of a prediction; false if there is none. */
        boolean enter() {
            entered = admission.enter();
            return entered;
        }

        @Override
        public void onCancel(Runnable action) {
            synchronized (this) {
                if (!cancelled) {
                    onCancel = action;
                    return;
                }
            }
            action.run();
        }

        void cancel() {
            Runnable action;
            synchronized (this) {
                cancelled = true;
                action = onCancel;
                onCancel = null;
            }
            if (action != null) {
                action.run();
            }
        }

        @Override
        public void send(ModelInferResponse message) {
            ModelInferResponse answer = saysThatItIsFinal
                    ? message.toBuilder()
                            .putParameters(
                                    FINAL,
                                    InferParameter.newBuilder()
                                            .setBoolParam(true)
                                            .build())
                            .build()
                    : message;
            ModelStreamInferResponse response = ModelStreamInferResponse.newBuilder()
                    .setInferResponse(answer)
                    .build();
            stream.admitted.answering(response.getSerializedSize());
            synchronized (this) {
                if (answered) {
                    return;
                }
                answered = true;
            }
            stream.send(response);
        }

        @Override
        public void complete() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
            }
            if (entered) {
                admission.leave();
            }
            stream.over(this);
        }

        @Override
        public void fail(Throwable failure) {
            synchronized (this) {
                if (answered) {
                    return;
                }
                answered = true;
            }
            Status status = StatusMapper.toStatus(failure).getStatus();
            ModelInferResponse.Builder about = ModelInferResponse.newBuilder().setId(id);
            if (saysThatItIsFinal) {
                about.putParameters(
                        FINAL, InferParameter.newBuilder().setBoolParam(true).build());
            }
            stream.send(ModelStreamInferResponse.newBuilder()
                    .setErrorMessage(status.getCode() + ": " + status.getDescription())
                    .setInferResponse(about)
                    .build());
            complete();
        }
    }
}
