package io.modelmill.trainingspec.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.fault.Faults;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenSettingsTest {
    private static final LayerSpec HIDDEN = LayerSpec.of("dense", Map.of("units", 8L));
    private static final LayerSpec OPEN = LayerSpec.of("dense", Map.of("initializer", "zeros"));
    private static final LayerSpec FLATTEN = LayerSpec.of("flatten", Map.of());

    private final Faults faults = Faults.ofSpec();

    @Test
    void fillsUnitsOfTheLastDenseLayer() {
        assertThat(OpenSettings.fillUnits(List.of(HIDDEN, OPEN, FLATTEN), 3, "classes", faults))
                .containsExactly(HIDDEN, LayerSpec.of("dense", Map.of("initializer", "zeros", "units", 3L)), FLATTEN);
        assertThat(OpenSettings.fillUnits(List.of(OPEN, HIDDEN), 8, "classes", faults))
                .as("only the last")
                .containsExactly(OPEN, HIDDEN);
        assertThat(OpenSettings.fillUnits(List.of(FLATTEN), 3, "classes", faults))
                .containsExactly(FLATTEN);
        assertThat(faults.found()).isEmpty();
    }

    @Test
    void refusesUnitsThatTheDataContradict() {
        OpenSettings.fillUnits(List.of(FLATTEN, HIDDEN), 3, "the number of classes", faults.below("network"));
        assertThat(faults.found())
                .extracting(Object::toString)
                .containsExactly("network.layers[1].units: 8 (expected: 3, the number of classes)");
    }

    @Test
    void fillsVocabulariesOfEmbeddings() {
        LayerSpec inside = LayerSpec.of("embedding", Map.of("units", 4L, "vocabulary_size", 0L));
        LayerSpec large = LayerSpec.of("embedding", Map.of("units", 4L, "vocabulary_size", 100L));
        assertThat(OpenSettings.fillVocabulary(
                        List.of(large, new LayerSpec("residual", Map.of(), List.of(inside))), 50, faults))
                .containsExactly(
                        large,
                        new LayerSpec(
                                "residual",
                                Map.of(),
                                List.of(LayerSpec.of("embedding", Map.of("units", 4L, "vocabulary_size", 50L)))));
        assertThat(faults.found()).isEmpty();

        OpenSettings.fillVocabulary(List.of(large), 101, faults);
        assertThat(faults.found())
                .extracting(Object::toString)
                .containsExactly("layers[0].vocabulary_size: 100 (expected: at least 101, the data's, or 0)");
    }
}
