package io.modelmill.registry.validation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFileTest {
    @ParameterizedTest
    @ValueSource(strings = {"model.onnx", "a/b/c.bin", ".hidden", "..data", "a/..b", "A_1-2.x"})
    void takesPathsInside(String path) {
        assertThat(ModelFile.isLegalPath(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/model.onnx",
                "a//b",
                "a/",
                "..",
                "../a",
                "a/../b",
                "a/..",
                ".",
                "./a",
                "a\\b",
                "a b",
                "ä"
            })
    void refusesAllOthers(String path) {
        assertThat(ModelFile.isLegalPath(path)).isFalse();
        assertThat(ModelFile.isLegalPath("a".repeat(200))).isTrue();
        assertThat(ModelFile.isLegalPath("a".repeat(201))).isFalse();
    }
}
