package io.modelmill.inference.rollout;

import io.modelmill.inference.model.ModelKey;
import java.util.Map;

/**
 * What this replica has of one model.
 *
 * @param revision of the model that it has applied
 * @param aliases those of that revision, by id
 */
public record ModelProgress(ModelKey model, long revision, Map<String, AliasProgress> aliases) {
    public ModelProgress {
        aliases = Map.copyOf(aliases);
    }
}
