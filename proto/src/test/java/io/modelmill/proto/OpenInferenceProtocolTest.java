package io.modelmill.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.modelmill.proto.inference.GrpcInferenceServiceProto;
import io.modelmill.proto.inference.ModelConfigProto;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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
            ModelStreamInferResponse error_message=1 infer_response=2
            ModelConfigRequest name=1 version=2
            ModelConfigResponse config=1
            ModelStatisticsRequest name=1 version=2
            ModelStatisticsResponse model_stats=1
            StatisticDuration count=1 ns=2
            InferStatistics success=1 fail=2 queue=3 compute_input=4 compute_infer=5 compute_output=6 cache_hit=7 \
            cache_miss=8
            InferBatchStatistics batch_size=1 compute_input=2 compute_infer=3 compute_output=4
            ModelStatistics name=1 version=2 last_inference=3 inference_count=4 execution_count=5 inference_stats=6 \
            batch_stats=7
            RepositoryIndexRequest repository_name=1 ready=2
            RepositoryIndexResponse models=1
            RepositoryIndexResponse.ModelIndex name=1 version=2 state=3 reason=4
            ModelRepositoryParameter bool_param=1 int64_param=2 string_param=3 bytes_param=4
            RepositoryModelLoadRequest repository_name=1 model_name=2 parameters=3
            RepositoryModelLoadResponse
            RepositoryModelUnloadRequest repository_name=1 model_name=2 parameters=3
            RepositoryModelUnloadResponse
            ModelConfig name=1 platform=2 version_policy=3 max_batch_size=4 input=5 output=6 instance_group=7 \
            dynamic_batching=11 backend=17 model_transaction_policy=19
            ModelInput name=1 data_type=2 format=3 dims=4
            ModelOutput name=1 data_type=2 dims=3
            ModelVersionPolicy latest=1 all=2 specific=3
            ModelVersionPolicy.Latest num_versions=1
            ModelVersionPolicy.All
            ModelVersionPolicy.Specific versions=1
            ModelInstanceGroup name=1 count=2 gpus=3 kind=4
            ModelDynamicBatching preferred_batch_size=1 max_queue_delay_microseconds=2 preserve_ordering=3 \
            priority_levels=4 default_priority_level=5
            ModelTransactionPolicy decoupled=1
            """;

    @Test
    void namesAndNumbersAreThePublishedOnes() {
        List<String> ours = new ArrayList<>();
        Stream.of(GrpcInferenceServiceProto.getDescriptor(), ModelConfigProto.getDescriptor())
                .flatMap(file -> file.getMessageTypes().stream())
                .forEach(message -> collect(message, "", ours));
        assertThat(ours).containsExactlyInAnyOrderElementsOf(MESSAGES.lines().toList());
    }

    @Test
    void serviceHasThePublishedName() {
        var service = GrpcInferenceServiceProto.getDescriptor().getServices().get(0);
        assertThat(service.getFullName()).isEqualTo("inference.GRPCInferenceService");
        assertThat(service.getMethods())
                .extracting(MethodDescriptor::getName)
                .contains("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer")
                .contains("ModelStreamInfer", "ModelConfig", "ModelStatistics")
                .contains("RepositoryIndex", "RepositoryModelLoad", "RepositoryModelUnload");
        MethodDescriptor stream = service.findMethodByName("ModelStreamInfer");
        assertThat(stream.isClientStreaming() && stream.isServerStreaming()).isTrue();
    }

    @Test
    void datatypesOfModelConfigHaveThePublishedNumbers() {
        assertThat(ModelConfigProto.getDescriptor().findEnumTypeByName("DataType").getValues().stream()
                        .map(value -> value.getName().substring("TYPE_".length())))
                .containsExactly(
                        "INVALID", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64",
                        "FP16", "FP32", "FP64", "STRING", "BF16");
        assertThat(ModelConfigProto.getDescriptor().findEnumTypeByName("DataType").getValues().stream()
                        .map(EnumValueDescriptor::getNumber))
                .containsExactlyElementsOf(IntStream.range(0, 15).boxed().toList());
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
