package io.modelmill.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.modelmill.proto.inference.GrpcInferenceServiceProto;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Names and numbers of the Open Inference Protocol v2: a client made from the published files must be understood. */
class OpenInferenceProtocolTest {
    private static final String MESSAGES = """
            ServerLiveResponse live=1
            ServerReadyResponse ready=1
            ModelReadyRequest name=1 version=2
            ModelReadyResponse ready=1
            ServerMetadataResponse name=1 version=2 extensions=3
            ModelMetadataRequest name=1 version=2
            ModelMetadataResponse name=1 versions=2 platform=3 inputs=4 outputs=5
            ModelMetadataResponse.TensorMetadata name=1 datatype=2 shape=3
            ModelInferRequest model_name=1 model_version=2 id=3 parameters=4 inputs=5 outputs=6 raw_input_contents=7
            ModelInferRequest.InferInputTensor name=1 datatype=2 shape=3 parameters=4 contents=5
            ModelInferRequest.InferRequestedOutputTensor name=1 parameters=2
            ModelInferResponse model_name=1 model_version=2 id=3 parameters=4 outputs=5 raw_output_contents=6
            ModelInferResponse.InferOutputTensor name=1 datatype=2 shape=3 parameters=4 contents=5
            InferParameter bool_param=1 int64_param=2 string_param=3 double_param=4 uint64_param=5
            InferTensorContents bool_contents=1 int_contents=2 int64_contents=3 uint_contents=4 uint64_contents=5 \
            fp32_contents=6 fp64_contents=7 bytes_contents=8
            ServerLiveRequest
            ServerReadyRequest
            ServerMetadataRequest
            """;

    @Test
    void namesAndNumbersAreThePublishedOnes() {
        List<String> ours = new ArrayList<>();
        GrpcInferenceServiceProto.getDescriptor().getMessageTypes().forEach(message -> collect(message, "", ours));
        assertThat(ours).containsExactlyInAnyOrderElementsOf(MESSAGES.lines().toList());
    }

    @Test
    void serviceHasThePublishedName() {
        var service = GrpcInferenceServiceProto.getDescriptor().getServices().get(0);
        assertThat(service.getFullName()).isEqualTo("inference.GRPCInferenceService");
        assertThat(service.getMethods())
                .extracting(MethodDescriptor::getName)
                .contains("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer");
    }

    private static void collect(Descriptor message, String outer, List<String> lines) {
        if (message.getOptions().getMapEntry()) {
            return;
        }
        StringBuilder line = new StringBuilder(outer + message.getName());
        for (FieldDescriptor field : message.getFields()) {
            line.append(' ').append(field.getName()).append('=').append(field.getNumber());
        }
        lines.add(line.toString());
        Stream.of(message.getNestedTypes())
                .forEach(nested -> nested.forEach(inner -> collect(inner, outer + message.getName() + ".", lines)));
    }
}
