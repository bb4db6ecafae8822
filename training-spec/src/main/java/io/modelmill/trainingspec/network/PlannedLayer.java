package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.setting.Settings;
import java.util.List;

/**
 * A layer that can be built.
 *
 * @param settings all that its type has
 * @param input what it takes
 * @param output what it answers
 * @param inside the layers of a residual
 */
public record PlannedLayer(LayerType type, Settings settings, Shape input, Shape output, List<PlannedLayer> inside) {
    public PlannedLayer {
        inside = List.copyOf(inside);
    }

    /** Numbers that it learns, those inside with it. */
    public long parameters() {
        long parameters = type.parameters(input, settings);
        for (PlannedLayer layer : inside) {
            parameters = Math.addExact(parameters, layer.parameters());
        }
        return parameters;
    }
}
