package io.modelmill.trainingspec.network;

import java.util.List;
import java.util.Map;

/**
 * One layer as a job asks for it. It may hold anything: the {@link LayerCatalogue} says what is wrong.
 *
 * @param type name of an entry of the catalogue
 * @param settings those that the job gives, by name: {@code Long}, {@code Double}, {@code Boolean}, {@code String} or a list
 *     of {@code Long}
 * @param layers those inside of a residual
 */
public record LayerSpec(String type, Map<String, Object> settings, List<LayerSpec> layers) {
    public LayerSpec {
        settings = Map.copyOf(settings);
        layers = List.copyOf(layers);
    }

    /** A layer without layers inside. */
    public static LayerSpec of(String type, Map<String, Object> settings) {
        return new LayerSpec(type, settings, List.of());
    }
}
