package io.modelmill.registry.rollout;

import io.modelmill.registry.serving.ModelKey;
import java.util.List;

/**
 * What a replica has of one model.
 *
 * @param appliedRevision the model's revision that it has applied
 * @param aliases those of that revision
 */
public record ModelProgress(ModelKey model, long appliedRevision, List<AliasProgress> aliases) {
    public ModelProgress {
        aliases = List.copyOf(aliases);
    }
}
