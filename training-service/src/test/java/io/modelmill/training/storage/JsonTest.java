package io.modelmill.training.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.network.LayerSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
    @Test
    void keepsTheTypesOfSettings() {
        LayerSpec layer = new LayerSpec(
                "residual",
                Map.of(),
                List.of(LayerSpec.of(
                        "conv2d",
                        Map.of(
                                "filters",
                                8L,
                                "kernel_size",
                                List.of(3L, 5L),
                                "epsilon",
                                1e20,
                                "rate",
                                0.0,
                                "causal",
                                true,
                                "activation",
                                "relu"))));

        assertThat(Json.read(Json.write(layer), LayerSpec.class)).isEqualTo(layer);
        assertThat(Json.read(Json.write(layer).replace("1.0E20", "100000000000000000000"), LayerSpec.class))
                .as("as jsonb gives it back")
                .isEqualTo(layer);
    }

    @Test
    void readsLayersOfEarlierJobs() {
        assertThat(Json.read("{\"type\":\"dense\",\"units\":8,\"activation\":\"relu\",\"rate\":0.0}", LayerSpec.class))
                .isEqualTo(LayerSpec.of("dense", Map.of("units", 8L, "activation", "relu")));
        assertThat(Json.read("{\"type\":\"dense\",\"units\":3,\"activation\":\"\",\"rate\":0.0}", LayerSpec.class))
                .isEqualTo(LayerSpec.of("dense", Map.of("units", 3L)));
        assertThat(Json.read("{\"type\":\"dropout\",\"units\":0,\"activation\":\"\",\"rate\":0.0}", LayerSpec.class))
                .isEqualTo(LayerSpec.of("dropout", Map.of("rate", 0.0)));
    }
}
