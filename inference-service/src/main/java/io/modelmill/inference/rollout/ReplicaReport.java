package io.modelmill.inference.rollout;

import io.modelmill.inference.model.ModelKey;
import java.util.List;
import java.util.Optional;

/**
 * What is told at a time.
 *
 * @param session as the registry answered it; empty to begin
 * @param sequence rises with every report
 * @param models that are new to the registry or have changed
 * @param removed models that are gone
 * @param leaving whether it is the last
 */
record ReplicaReport(
        String replica,
        Optional<String> session,
        long sequence,
        List<ModelProgress> models,
        List<ModelKey> removed,
        boolean leaving) {
    ReplicaReport {
        models = List.copyOf(models);
        removed = List.copyOf(removed);
    }
}
