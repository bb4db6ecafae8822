package io.modelmill.inference.protocol;

import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.protocol.InferenceInput.WantedOutput;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelInferResponse.InferOutputTensor;
import java.util.List;

/** Writes an answer. */
final class InferResponseCodec {
    private InferResponseCodec() {}

    /** @param outputs of the run, in the order of the wanted ones */
    static ModelInferResponse write(
            ModelInferRequest request, ServedVersion version, InferenceInput input, List<OutputTensor> outputs) {
        ModelInferResponse.Builder response = ModelInferResponse.newBuilder()
                .setModelName(request.getModelName())
                .setModelVersion(Long.toString(version.number()))
                .setId(request.getId());
        for (int index = 0; index < outputs.size(); index++) {
            OutputTensor output = answered(input.outputs().get(index), outputs.get(index), version);
            InferOutputTensor.Builder tensor = response.addOutputsBuilder()
                    .setName(output.name())
                    .setDatatype(output.datatype().name())
                    .addAllShape(output.shape());
            if (input.raw()) {
                response.addRawOutputContents(RawContents.write(output));
            } else {
                tensor.setContents(TypedContentsCodec.write(output));
            }
        }
        return response.build();
    }

    private static OutputTensor answered(WantedOutput wanted, OutputTensor output, ServedVersion version) {
        return wanted.classes().isPresent() && output instanceof OutputTensor.Elements elements
                ? Classification.highest(elements, wanted.classes().getAsInt(), version.classLabels())
                : output;
    }
}
