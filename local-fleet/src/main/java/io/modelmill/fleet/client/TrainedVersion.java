package io.modelmill.fleet.client;

import java.util.List;
import java.util.Map;

/**
 * A version of a model.
 *
 * @param name resource name
 * @param state such as {@code READY}
 * @param stateReason why it is in this state
 * @param files SHA-256 by path
 */
public record TrainedVersion(
        String name,
        long number,
        String state,
        String stateReason,
        List<String> classLabels,
        Map<String, Double> metrics,
        Map<String, String> files) {
    public TrainedVersion {
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
        files = Map.copyOf(files);
    }
}
