package io.modelmill.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServedModelTest {
    @Test
    void takesProductionWhenNoVersionIsNamed() {
        assertThat(target(model(Map.of("production", 1L), 1, 2), "")).isEqualTo(1);
    }

    @Test
    void takesTheHighestVersionWithoutProduction() {
        assertThat(target(model(Map.of("canary", 1L), 9, 10, 2), "")).isEqualTo(10);
    }

    @Test
    void takesDigitsForAVersion() {
        assertThat(target(model(Map.of("production", 1L), 1, 2), "2")).isEqualTo(2);
    }

    @Test
    void takesAllElseForAnAlias() {
        assertThat(target(model(Map.of("canary", 2L, "production", 1L), 1, 2), "canary"))
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "0", "01", "99999999999999999999", "nobody", "-1", "1 ", "PRODUCTION"})
    void knowsNoOther(String version) {
        assertThat(model(Map.of("production", 1L), 1, 2).target(VersionChoice.of(version)))
                .isEmpty();
    }

    @Test
    void findsNothingThroughAnAliasWhoseTargetIsNotReadyAnyMore() {
        ServedModel model = model(Map.of("production", 3L), 1, 2);

        assertThat(model.target(VersionChoice.of("production"))).isEmpty();
        assertThat(model.target(VersionChoice.of(""))).isEmpty();
    }

    @Test
    void findsNothingWithoutVersions() {
        assertThat(model(Map.of()).target(VersionChoice.of(""))).isEmpty();
    }

    @Test
    void listsNumbersAscending() {
        assertThat(model(Map.of(), 10, 9, 1).numbers()).containsExactly(1L, 9L, 10L);
    }

    private static long target(ServedModel model, String version) {
        return model.target(VersionChoice.of(version)).orElseThrow().number();
    }

    private static ServedModel model(Map<String, Long> aliases, long... versions) {
        return ServedModel.of(
                new ModelKey("acme", "digits"),
                1,
                new Grant.OwnerOnly(),
                LongStream.of(versions).mapToObj(ServedModelTest::version).toList(),
                aliases);
    }

    private static ServedVersion version(long number) {
        return new ServedVersion(
                number,
                List.of(new VersionFile("model.onnx", true, "0".repeat(64), 1)),
                new Signature(List.of(), List.of()),
                List.of());
    }
}
