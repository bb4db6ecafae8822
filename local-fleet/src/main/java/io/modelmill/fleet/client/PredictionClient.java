package io.modelmill.fleet.client;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferInputTensor;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelReadyRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Predictions by the Open Inference Protocol v2 from a classifier that training made. */
public final class PredictionClient {
    private static final int DEADLINE_SECONDS = 30;
    private static final String INPUT = "features";
    private static final String OUTPUT = "probabilities";

    private final Channel channel;

    /** @param channel with the caller's credential */
    public PredictionClient(Channel channel) {
        this.channel = channel;
    }

    /**
     * Probabilities of rows.
     *
     * @param version the one that answered
     * @param probabilities by row, then by class
     */
    public record Probabilities(String version, List<float[]> probabilities) {}

    /** The most probable class of a row. */
    public record TopClass(float probability, int index, String label) {}

    /** Whether the version is loaded. */
    public boolean isReady(String model, String version) throws StatusException {
        try {
            return stub().modelReady(ModelReadyRequest.newBuilder()
                            .setName(model)
                            .setVersion(version)
                            .build())
                    .getReady();
        } catch (StatusException e) {
            // A replica learns of a version a moment after the registry has it.
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** Predicts rows; an empty version is the alias production. */
    public Probabilities predict(String model, String version, List<float[]> rows) throws StatusException {
        ModelInferResponse response =
                stub().modelInfer(request(model, version, rows).build());
        ModelInferResponse.InferOutputTensor output = response.getOutputs(0);
        int classes = (int) output.getShape(1);
        ByteBuffer raw = response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        List<float[]> probabilities = new ArrayList<>();
        for (long row = 0; row < output.getShape(0); row++) {
            float[] values = new float[classes];
            for (int i = 0; i < classes; i++) {
                values[i] = raw.getFloat();
            }
            probabilities.add(values);
        }
        return new Probabilities(response.getModelVersion(), probabilities);
    }

    /** Predicts rows and answers the most probable class of each. */
    public List<TopClass> classify(String model, String version, List<float[]> rows) throws StatusException {
        ModelInferResponse response = stub().modelInfer(request(model, version, rows)
                .addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName(OUTPUT)
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(1).build()))
                .build());
        // BYTES tensors: each element after its length, four bytes, little-endian.
        ByteBuffer raw = response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        List<TopClass> top = new ArrayList<>();
        while (raw.hasRemaining()) {
            byte[] element = new byte[raw.getInt()];
            raw.get(element);
            top.add(topClass(new String(element, StandardCharsets.UTF_8)));
        }
        return top;
    }

    /** Reads {@code value:index:label}. */
    private static TopClass topClass(String text) {
        String[] parts = text.split(":", 3);
        return new TopClass(Float.parseFloat(parts[0]), Integer.parseInt(parts[1]), parts[2]);
    }

    private static ModelInferRequest.Builder request(String model, String version, List<float[]> rows) {
        int columns = rows.getFirst().length;
        ByteBuffer raw =
                ByteBuffer.allocate(rows.size() * columns * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) {
            for (float value : row) {
                raw.putFloat(value);
            }
        }
        return ModelInferRequest.newBuilder()
                .setModelName(model)
                .setModelVersion(version)
                .addInputs(InferInputTensor.newBuilder()
                        .setName(INPUT)
                        .setDatatype("FP32")
                        .addShape(rows.size())
                        .addShape(columns))
                .addRawInputContents(ByteString.copyFrom(raw.flip()));
    }

    private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingV2Stub stub() {
        return GRPCInferenceServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
