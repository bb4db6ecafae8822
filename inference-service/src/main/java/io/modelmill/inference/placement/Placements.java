package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.rollout.ModelProgress;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.SpanContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/** All models on this replica. */
public final class Placements {
    private final LoadThreads threads;
    private final Consumer<ModelKey> changed;
    private final ConcurrentMap<ModelKey, ModelPlacement> models = new ConcurrentHashMap<>();

    /** @param changed is told of each model whose {@link #progress} may have changed; must wait for nothing */
    Placements(LoadThreads threads, Consumer<ModelKey> changed) {
        this.threads = threads;
        this.changed = changed;
    }

    /** What is known of the model. */
    public Optional<ServedModel> find(ModelKey key) {
        return Optional.ofNullable(models.get(key)).flatMap(ModelPlacement::wanted);
    }

    /**
     * A lease on the version that answers for the choice, at once if it is loaded, else after its load.
     *
     * @param cause span of the call
     * @return fails with a {@link ServiceException}: NOT_FOUND, FAILED_PRECONDITION if it is withdrawn, UNAVAILABLE after a
     *     failed load, RESOURCE_EXHAUSTED if too many calls wait for the load or nothing can be unloaded to make room for it
     */
    public CompletableFuture<SessionLease> acquire(ModelKey key, VersionChoice choice, SpanContext cause) {
        ModelPlacement placement = models.get(key);
        return placement == null
                ? CompletableFuture.failedFuture(ServiceException.notFound(key.resourceName()))
                : placement.acquire(choice, cause);
    }

    /**
     * The version that answers for the choice, loaded or not.
     *
     * @throws ServiceException NOT_FOUND if there is none, FAILED_PRECONDITION if it is withdrawn
     */
    public ServedVersion require(ModelKey key, VersionChoice choice) {
        ModelPlacement placement = models.get(key);
        if (placement == null) {
            throw ServiceException.notFound(key.resourceName());
        }
        return placement.require(choice);
    }

    /**
     * Lets pass a choice that means a version, even a withdrawn one.
     *
     * @throws ServiceException NOT_FOUND if it means none
     */
    public void requireThere(ModelKey key, VersionChoice choice) {
        ModelPlacement placement = models.get(key);
        if (placement == null) {
            throw ServiceException.notFound(key.resourceName());
        }
        placement.requireThere(choice);
    }

    /**
     * Whether the very version that the choice means is loaded, or is the target of an alias that the next call loads, for
     * want of memory; false while an older one answers in its place.
     */
    public boolean isReady(ModelKey key, VersionChoice choice) {
        ModelPlacement placement = models.get(key);
        return placement != null && placement.isReady(choice);
    }

    /** Takes a newer state of a model; answers false if it is not newer. */
    synchronized boolean apply(ServedModel model, SpanContext cause) {
        return models.computeIfAbsent(model.key(), key -> new ModelPlacement(key, threads, () -> changed.accept(key)))
                .apply(model, cause);
    }

    /** The model is gone. */
    synchronized void remove(ModelKey key) {
        ModelPlacement placement = models.remove(key);
        if (placement != null) {
            placement.remove();
        }
    }

    /** Removes those models that have not changed since they had the revision. */
    synchronized void removeUnchanged(Map<ModelKey, Long> revisions) {
        revisions.forEach((key, revision) -> {
            if (find(key).filter(model -> model.revision() == revision).isPresent()) {
                remove(key);
            }
        });
    }

    /** How far each version of the model is that may be called or is withdrawn, by number; empty if the model is not known. */
    public List<VersionState> states(ModelKey key) {
        ModelPlacement placement = models.get(key);
        return placement == null ? List.of() : placement.states();
    }

    /** What is known of all models. */
    public List<ServedModel> known() {
        return models.values().stream()
                .flatMap(placement -> placement.wanted().stream())
                .toList();
    }

    /** What this replica has of the model; empty if it does not know it. */
    Optional<ModelProgress> progress(ModelKey key) {
        return Optional.ofNullable(models.get(key)).flatMap(ModelPlacement::progress);
    }

    int loadedVersions() {
        return models.values().stream().mapToInt(ModelPlacement::loadedVersions).sum();
    }

    /** Loads that run now; each ends normally whether it succeeds or fails. */
    List<CompletableFuture<Void>> loads() {
        return models.values().stream()
                .flatMap(placement -> placement.loads().stream())
                .toList();
    }
}
