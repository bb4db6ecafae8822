package io.modelmill.benchmarks.inference;

import com.google.protobuf.UnsafeByteOperations;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.Input;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferRequest;

/** Encodes requests, once each. */
final class InferRequestCodec {
    /** Full name of the method that predicts. */
    static final String METHOD = GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName();

    private InferRequestCodec() {}

    /** One row of the model, in raw contents. */
    static byte[] encode(BenchModel model) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model.name());
        for (Input input : model.inputs()) {
            request.addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                            .setName(input.name())
                            .setDatatype(input.datatype())
                            .addAllShape(input.shape()))
                    .addRawInputContents(UnsafeByteOperations.unsafeWrap(input.raw()));
        }
        return request.build().toByteArray();
    }
}
