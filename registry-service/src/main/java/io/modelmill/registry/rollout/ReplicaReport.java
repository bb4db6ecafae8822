package io.modelmill.registry.rollout;

import io.modelmill.registry.serving.ModelKey;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a replica tells at a time.
 *
 * @param session empty in the first report of a process
 * @param sequence rises with every report of a session
 * @param models that are new or have changed
 * @param removed models that are gone from the replica
 * @param leaving whether the replica takes no more calls
 */
public record ReplicaReport(
        String replica,
        Optional<UUID> session,
        long sequence,
        List<ModelProgress> models,
        List<ModelKey> removed,
        boolean leaving) {
    public ReplicaReport {
        models = List.copyOf(models);
        removed = List.copyOf(removed);
    }
}
