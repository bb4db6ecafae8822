package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import java.util.List;
import java.util.Set;

/** The registry as a replica needs it. */
public interface Registry extends ArtifactSource {
    /**
     * The serving states of all models of all tenants.
     *
     * @throws io.grpc.StatusRuntimeException if the registry does not answer
     */
    Listing listModels();

    /**
     * Tells that a version ended the process that served it; a version that is no longer READY stays as it is.
     *
     * @param version resource name
     * @param reason what was seen
     * @throws io.grpc.StatusRuntimeException if the registry does not answer or does not take it
     */
    void quarantine(String version, String reason);

    /**
     * All models of the registry.
     *
     * @param unreadable models that are there and whose state cannot be served
     */
    record Listing(List<ServedModel> models, Set<ModelKey> unreadable) {
        public Listing {
            models = List.copyOf(models);
            unreadable = Set.copyOf(unreadable);
        }
    }
}
