package io.modelmill.registry.version;

import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.validation.ModelSignature;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One version of a model. Its files and what was measured never change; its state moves on, and what people say of it.
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
 * @param task what it is for; empty if nobody said it
 * @param tags by key
 * @param metadataRevision how often the task, the tags or the card have changed
 * @param sizeBytes of all files together; 0 until validation has read them
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
        Optional<Instant> purgeTime,
        String task,
        Map<String, String> tags,
        long metadataRevision,
        long sizeBytes) {
    public ModelVersion {
        files = List.copyOf(files);
        classLabels = List.copyOf(classLabels);
        metrics = Map.copyOf(metrics);
        requestedAliases = List.copyOf(requestedAliases);
        tags = Map.copyOf(tags);
    }

    /** Changes with the state and with what is said of the version. */
    public String etag() {
        return metadataRevision == 0 ? Long.toString(revision) : revision + "." + metadataRevision;
    }
}
