package io.modelmill.registry.validation.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we take for the newest is what the runtime that is packaged takes for it. */
class NewestOperatorSetsTest {
    @ParameterizedTest
    @ValueSource(strings = {"ai.onnx", "ai.onnx.ml", "com.microsoft"})
    void areTheRuntimes(String domain) {
        long newest = Operators.NEWEST.getOrDefault(domain, 0L);

        assertThat(loads(domain, newest)).isTrue();
        assertThat(loads(domain, newest + 1)).isFalse();
    }

    private static boolean loads(String domain, long version) {
        ModelProto.Builder model = Graphs.model(Graphs.graph(Graphs.node("", "Relu")));
        OperatorSetIdProto set = OperatorSetIdProto.newBuilder()
                .setDomain(domain.equals("ai.onnx") ? "" : domain)
                .setVersion(version)
                .build();
        if (domain.equals("ai.onnx")) {
            model.setOpsetImport(0, set);
        } else {
            model.addOpsetImport(set);
        }
        OrtEnvironment environment =
                OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "validation");
        try (OrtSession session = environment.createSession(model.build().toByteArray())) {
            return session.getNumInputs() == 1;
        } catch (OrtException e) {
            return false;
        }
    }
}
