package io.modelmill.registry.alias;

import io.modelmill.registry.serving.ModelKey;
import java.time.Instant;

/**
 * A movable name for one version of a model.
 *
 * @param number of the version
 * @param revision the model's revision that the last move made
 */
public record Alias(ModelKey model, String aliasId, long number, long revision, Instant updateTime) {
    /** The alias that a model's first READY version takes, and that callers get who name no version. */
    public static final String PRODUCTION = "production";

    /** Resource name. */
    public String name() {
        return name(model, aliasId);
    }

    static String name(ModelKey model, String aliasId) {
        return model.name() + "/aliases/" + aliasId;
    }

    /** Changes with every move. */
    public String etag() {
        return Long.toString(revision);
    }
}
