package io.modelmill.registry.version;

import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.validation.ModelSignature;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One immutable version of a model; only its state moves on.
 *
 * @param stateReason why it is in this state; empty if there is nothing to say
 * @param signature read by validation; empty before
 * @param requestedAliases that move to the version when it becomes READY
 * @param rejection why it must not be served although its files may be right; empty if it may
 * @param traceparent trace of the call that made the version
 * @param validateTime when validation ended
 * @param undeleteState where it was before it was deleted; empty if it is neither DELETED nor PURGED
 * @param revision the model's revision that the last change of the state made
 * @param updateTime when the state last changed
 * @param deleteTime when it was deleted; empty if it is neither DELETED nor PURGED
 * @param purgeTime when it may be purged, or was; empty if it is neither DELETED nor PURGED
 */
public record ModelVersion(
        VersionKey key,
        VersionState state,
        String stateReason,
        List<ModelFile> files,
        Optional<ModelSignature> signature,
        List<String> classLabels,
        Map<String, Double> metrics,
        Lineage lineage,
        List<String> requestedAliases,
        Optional<String> rejection,
        Optional<String> traceparent,
        Instant createTime,
        Optional<Instant> validateTime,
        Optional<VersionState> undeleteState,
        long revision,
        Instant updateTime,
        Optional<Instant> deleteTime,
        Optional<Instant> purgeTime) {
    public ModelVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
        requestedAliases = List.copyOf(requestedAliases);
    }

    /** Changes with the state. */
    public String etag() {
        return Long.toString(revision);
    }
}
