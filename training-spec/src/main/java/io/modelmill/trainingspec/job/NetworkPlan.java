package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.network.PlannedLayer;
import java.util.List;

/**
 * A network that fits its data and its task.
 *
 * @param layers planned for rows of the input's shape
 */
public record NetworkPlan(RowInput input, List<PlannedLayer> layers) {
    public NetworkPlan {
        layers = List.copyOf(layers);
    }
}
