package io.modelmill.registry.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.validation.graph.ModelFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxInspectionTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "FLOAT, FP32",
        "DOUBLE, FP64",
        "FLOAT16, FP16",
        "INT8, INT8",
        "INT16, INT16",
        "INT32, INT32",
        "INT64, INT64",
        "UINT8, UINT8",
        "BOOL, BOOL",
        "STRING, BYTES"
    })
    void namesAndTriesEveryDatatypeThatCanBeServed(DataType type, String datatype) throws Exception {
        ModelSignature signature = inspect(OnnxModels.identity(type), 0);

        assertThat(signature.inputs()).containsExactly(new TensorSpec("in", datatype, List.of(-1L, 2L)));
        assertThat(signature.outputs()).containsExactly(new TensorSpec("out", datatype, List.of(-1L, 2L)));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"UINT16", "UINT32", "UINT64", "BFLOAT16"})
    void refusesDatatypesThatCannotBeFed(DataType type) {
        assertThatThrownBy(() -> inspect(OnnxModels.identity(type), 0))
                .isInstanceOf(ModelFault.class)
                .hasMessage("input \"in\": datatype ONNX_TENSOR_ELEMENT_DATA_TYPE_" + type
                        + " (expected: one of [BOOL, BYTES, FP16, FP32, FP64, INT16, INT32, INT64, INT8, UINT8])");
    }

    @Test
    void takesAsManyLabelsAsTheLastAxisHas() throws Exception {
        assertThat(inspect(OnnxModels.classifier(4, 3), 3).outputs())
                .containsExactly(new TensorSpec("probabilities", "FP32", List.of(-1L, 3L)));
        assertThatThrownBy(() -> inspect(OnnxModels.classifier(4, 3), 4))
                .isInstanceOf(ModelFault.class)
                .hasMessage(
                        "class_labels: 4 labels (expected: 3, the last axis of the first output \"probabilities\")");
    }

    @Test
    void saysWhatIsWrongWithoutPlacesInTheRuntimesSource() {
        assertThatThrownBy(() -> inspect(OnnxModels.failing(), 0))
                .isInstanceOf(ModelFault.class)
                .hasMessageStartingWith("the model fails on a row of zeros: Non-zero status code")
                .hasMessageContaining("Input shape:{1,3}, requested shape:{7,11}")
                .message()
                .doesNotContain("onnxruntime_src", folder.toString());
    }

    private ModelSignature inspect(byte[] model, int classLabels) throws ModelFault, IOException {
        return OnnxInspection.inspect(Files.write(folder.resolve("model.onnx"), model), classLabels);
    }
}
