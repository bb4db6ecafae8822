package io.modelmill.trainingspec.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.modelmill.proto.training.v1.Layer;
import io.modelmill.trainingspec.setting.Setting;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LayerProtoMapperTest {
    @Test
    void keepsAllThatIsSetAndNothingElse() {
        Layer residual = Layer.newBuilder()
                .setType("residual")
                .addLayers(Layer.newBuilder()
                        .setType("conv2d")
                        .setFilters(8)
                        .addKernelSize(3)
                        .addKernelSize(5)
                        .setActivation("relu"))
                .addLayers(Layer.newBuilder()
                        .setType("lstm")
                        .setUnits(0)
                        .setBidirectional(false)
                        .setRate(0.5))
                .build();

        List<LayerSpec> layers = LayerProtoMapper.layers(List.of(residual));

        assertThat(layers)
                .containsExactly(new LayerSpec(
                        "residual",
                        Map.of(),
                        List.of(
                                LayerSpec.of(
                                        "conv2d",
                                        Map.of("filters", 8L, "kernel_size", List.of(3L, 5L), "activation", "relu")),
                                LayerSpec.of("lstm", Map.of("units", 0L, "bidirectional", false, "rate", 0.5)))));
        assertThat(LayerProtoMapper.messages(layers)).containsExactly(residual);
    }

    @Test
    void refusesASettingThatTheApiDoesNotHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LayerProtoMapper.messages(List.of(LayerSpec.of("dense", Map.of("widht", 1L)))))
                .withMessage("no setting widht");
    }

    @Test
    void theApiHasTheSettingsOfTheCatalogueAndNoOther() {
        Set<String> fields = Layer.getDescriptor().getFields().stream()
                .map(FieldDescriptor::getName)
                .filter(name -> !name.equals("type") && !name.equals("layers"))
                .collect(Collectors.toSet());
        Set<String> settings = LayerCatalogue.standard().types().stream()
                .flatMap(type -> type.settings().stream())
                .map(Setting::name)
                .collect(Collectors.toSet());

        assertThat(fields).isEqualTo(settings);
    }
}
