package io.modelmill.inference.placement;

import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.model.Withdrawal;
import io.modelmill.inference.rollout.ModelProgress;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One model on this replica. An alias answers with the version that it last swapped to; a new target is loaded and warmed
 * beside it first, and if that fails the old one goes on answering for as long as it is READY.
 */
final class ModelPlacement {
    private final ModelKey key;
    private final LoadThreads threads;
    private final Runnable changed;
    /** Guards all below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final VersionSlots slots;
    private final Answering answering;
    private final VersionLoads loads;

    /** @param changed is told of each change of {@link #progress}, maybe of others too; must wait for nothing */
    ModelPlacement(ModelKey key, LoadThreads threads, Runnable changed) {
        this.key = key;
        this.threads = threads;
        this.changed = changed;
        this.slots = new VersionSlots(key, threads, changed);
        this.answering = new Answering(slots);
        this.loads = new VersionLoads(key, threads, lock, slots, answering);
    }

    /** What is known of the model; empty before the first state and after its removal. */
    Optional<ServedModel> wanted() {
        return locked(answering::wanted);
    }

    /**
     * Takes a newer state; answers false if it is not newer. When this returns, what waited or ran for versions that the state
     * withdraws is refused, but for what was let in before they were merely unloaded.
     */
    boolean apply(ServedModel model, SpanContext cause) {
        List<Runnable> refusals;
        lock.lock();
        try {
            if (answering
                    .wanted()
                    .filter(known -> model.revision() <= known.revision())
                    .isPresent()) {
                return false;
            }
            answering.want(model);
            refusals = refusals(model);
            slots.drop(slot -> !model.version(slot.version().number())
                    .filter(version -> version.equals(slot.version()) || version.succeeds(slot.version()))
                    .isPresent());
            loads.follow(model, cause);
            answering.settle();
            changed.run();
        } finally {
            lock.unlock();
        }
        refusals.forEach(Runnable::run);
        return true;
    }

    /** Before withdrawn versions leave their slots. */
    private List<Runnable> refusals(ServedModel model) {
        return model.withdrawn().entrySet().stream()
                .filter(version -> version.getValue().isImmediate())
                .flatMap(version ->
                        slots.refusals(version.getKey(), refusal(version.getKey(), version.getValue())).stream())
                .toList();
    }

    private ServiceException refusal(long number, Withdrawal withdrawal) {
        return new ServiceException(
                withdrawal.kind(), key.versionName(number) + " is not served: " + withdrawal.reason());
    }

    /** The model is gone: nothing of it answers any more. */
    void remove() {
        lock.lock();
        try {
            answering.clear();
            loads.clear();
            slots.drop(slot -> true);
            changed.run();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A lease on the version that answers for the choice, at once if it is loaded, else after its load.
     *
     * @param cause span of the call
     * @return fails with a {@link ServiceException}: NOT_FOUND, FAILED_PRECONDITION if it is withdrawn, UNAVAILABLE after a
     *     failed load, RESOURCE_EXHAUSTED if too many wait or nothing can be unloaded to make room for it
     */
    CompletableFuture<SessionLease> acquire(VersionChoice choice, SpanContext cause) {
        lock.lock();
        try {
            ServedVersion version = required(choice);
            answering.called(choice, version.number());
            Slot slot = slots.get(version.number());
            Optional<LoadedVersion> loaded = slots.answering(version.number());
            if (loaded.isPresent()) {
                // A version is retired only after it was taken out of its slot under this lock.
                loaded.get().residence().acquire();
                return CompletableFuture.completedFuture(new SessionLease(loaded.get()));
            }
            if (slot instanceof Slot.Failed failed && Instant.now().isBefore(failed.retryAt())) {
                return CompletableFuture.failedFuture(failed.exception(key));
            }
            if (!(slot instanceof Slot.Loading) && !threads.isOpenToCalls()) {
                return CompletableFuture.failedFuture(RunScheduler.full());
            }
            Slot.Loading loading = slot instanceof Slot.Loading running ? running : loads.start(version, cause);
            if (loading.waiting().incrementAndGet() > threads.waitingCallsPerLoad()) {
                loading.waiting().decrementAndGet();
                return CompletableFuture.failedFuture(RunScheduler.full());
            }
            return loading.done().thenCompose(done -> acquire(choice, cause));
        } catch (ServiceException refused) {
            return CompletableFuture.failedFuture(refused);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The version that answers for the choice.
     *
     * @throws ServiceException NOT_FOUND if there is none, FAILED_PRECONDITION if it is withdrawn
     */
    ServedVersion require(VersionChoice choice) {
        return locked(() -> {
            ServedVersion version = required(choice);
            return slots.answering(version.number()).map(LoadedVersion::version).orElse(version);
        });
    }

    /** Throws NOT_FOUND if the choice means no version, not even a withdrawn one. */
    void requireThere(VersionChoice choice) {
        lock.lock();
        try {
            if (withdrawn(choice).isEmpty()) {
                var _ = required(choice);
            }
        } finally {
            lock.unlock();
        }
    }

    private ServedVersion required(VersionChoice choice) {
        return answering.version(choice).orElseThrow(() -> withdrawn(choice).orElseGet(() -> notFound(choice)));
    }

    private Optional<ServiceException> withdrawn(VersionChoice choice) {
        return answering
                .wanted()
                .flatMap(model -> model.withdrawn(choice)
                        .flatMap(number -> Optional.ofNullable(model.withdrawn().get(number))
                                .map(withdrawal -> refusal(number, withdrawal))));
    }

    /** As {@link Answering#isReady}. */
    boolean isReady(VersionChoice choice) {
        return locked(() -> answering.isReady(choice));
    }

    /** Of all versions that may be called or are withdrawn, by number. */
    List<VersionState> states() {
        return locked(() -> answering.wanted().stream()
                .flatMap(model -> model.allNumbers().stream()
                        .map(number -> model.withdrawn().containsKey(number)
                                ? VersionState.of(number, model.withdrawn().get(number))
                                : VersionState.of(number, slots.get(number))))
                .toList());
    }

    /** What this replica has of the model; empty before the first state and after its removal. */
    Optional<ModelProgress> progress() {
        return locked(() ->
                answering.wanted().map(model -> new ModelProgress(key, model.revision(), answering.progress(model))));
    }

    int loadedVersions() {
        return locked(slots::answeringVersions);
    }

    /** Loads that run now; each ends normally whether it succeeds or fails. */
    List<CompletableFuture<Void>> loads() {
        return locked(slots::loads);
    }

    private <T> T locked(Supplier<T> look) {
        lock.lock();
        try {
            return look.get();
        } finally {
            lock.unlock();
        }
    }

    private ServiceException notFound(VersionChoice choice) {
        return ServiceException.notFound(
                switch (choice) {
                    case VersionChoice.Unnamed _ -> key.resourceName() + "/versions";
                    case VersionChoice.Numbered number -> key.versionName(number.digits());
                    case VersionChoice.Alias alias -> key.resourceName() + "/aliases/" + alias.id();
                });
    }
}
