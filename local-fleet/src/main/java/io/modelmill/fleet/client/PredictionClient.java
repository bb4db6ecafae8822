package io.modelmill.fleet.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelReadyRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Predictions by the Open Inference Protocol v2. */
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

    /**
     * Outputs of a prediction.
     *
     * @param version the one that answered
     */
    public record Answer(String version, List<NamedTensor> outputs) {
        public Answer {
            outputs = List.copyOf(outputs);
        }
    }

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
        Answer answer = infer(model, version, List.of(features(rows)));
        NamedTensor output = answer.outputs().getFirst();
        int classes = Math.toIntExact(output.shape().getLast());
        List<float[]> probabilities = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            float[] values = new float[classes];
            for (int i = 0; i < classes; i++) {
                values[i] = (float) output.numbers()[row * classes + i];
            }
            probabilities.add(values);
        }
        return new Probabilities(answer.version(), probabilities);
    }

    /** Sends any inputs and answers all outputs; an empty version is the alias production. */
    public Answer infer(String model, String version, List<NamedTensor> inputs) throws StatusException {
        ModelInferResponse response =
                stub().modelInfer(request(model, version, inputs).build());
        return new Answer(response.getModelVersion(), NamedTensorCodec.read(response));
    }

    /** Predicts rows and answers the most probable class of each. */
    public List<TopClass> classify(String model, String version, List<float[]> rows) throws StatusException {
        ModelInferResponse response = stub().modelInfer(request(model, version, List.of(features(rows)))
                .addOutputs(InferRequestedOutputTensor.newBuilder()
                        .setName(OUTPUT)
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(1).build()))
                .build());
        return NamedTensorCodec.read(response).getFirst().texts().stream()
                .map(PredictionClient::topClass)
                .toList();
    }

    /** Reads {@code value:index:label}. */
    private static TopClass topClass(String text) {
        String[] parts = text.split(":", 3);
        return new TopClass(Float.parseFloat(parts[0]), Integer.parseInt(parts[1]), parts[2]);
    }

    /** The same, but empty where the replica does not know the version, which it learns of a moment after the registry. */
    public Optional<Answer> inferIfKnown(String model, String version, List<NamedTensor> inputs)
            throws StatusException {
        try {
            return Optional.of(infer(model, version, inputs));
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static NamedTensor features(List<float[]> rows) {
        int columns = rows.getFirst().length;
        double[] values = new double[rows.size() * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = rows.get(i / columns)[i % columns];
        }
        return new NamedTensor(INPUT, "FP32", List.of((long) rows.size(), (long) columns), values, List.of());
    }

    private static ModelInferRequest.Builder request(String model, String version, List<NamedTensor> inputs) {
        ModelInferRequest.Builder request =
                ModelInferRequest.newBuilder().setModelName(model).setModelVersion(version);
        inputs.forEach(input -> NamedTensorCodec.write(input, request));
        return request;
    }

    private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingV2Stub stub() {
        return GRPCInferenceServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
}
