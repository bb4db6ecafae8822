package io.modelmill.registry.model;

import io.modelmill.registry.serving.ModelKey;
import java.time.Instant;

/**
 * A named line of versions.
 *
 * @param revision rises with every change of the model, its versions or its aliases
 * @param ownRevision the revision that the last change of the content made
 */
public record Model(
        ModelKey key, ModelContent content, long revision, long ownRevision, Instant createTime, Instant updateTime) {
    /** Tells whether the content changed; versions and aliases coming and going leave it as it is. */
    public String etag() {
        return Long.toString(ownRevision);
    }
}
