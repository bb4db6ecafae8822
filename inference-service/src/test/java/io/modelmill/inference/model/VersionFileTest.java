package io.modelmill.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionFileTest {
    private static final String SHA256 = "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @ValueSource(strings = {"model.onnx", "weights/a.bin", "a/b/c_d-e.bin"})
    void takesRelativePaths(String path) {
        assertThat(new VersionFile(path, true, SHA256, 1).path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/etc/passwd", "../model.onnx", "a/../b", "a//b", "a/", ".", "a/./b", ".hidden", "a\\b"})
    void refusesPathsThatLeaveTheFolder(String path) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VersionFile(path, true, SHA256, 1))
                .withMessageContaining("\"" + path + "\" (expected: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "../../../../../../../../../../../../../../../../../../../../../x"})
    void refusesWhatIsNoDigest(String sha256) {
        assertThatIllegalArgumentException().isThrownBy(() -> new VersionFile("model.onnx", true, sha256, 1));
    }

    @Test
    void demandsOneGraphPerVersion() {
        VersionFile graph = new VersionFile("model.onnx", true, SHA256, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ServedVersion(7, List.of(graph, graph), new Signature(List.of(), List.of()), List.of()))
                .withMessage("version 7: 2 graphs (expected: 1)");
    }
}
