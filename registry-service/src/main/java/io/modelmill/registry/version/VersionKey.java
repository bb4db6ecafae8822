package io.modelmill.registry.version;

import io.modelmill.registry.serving.ModelKey;

/** Which version: its model and its number, from 1. */
public record VersionKey(ModelKey model, long number) {
    /** Resource name. */
    public String name() {
        return model.name() + "/versions/" + number;
    }
}
