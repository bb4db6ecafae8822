package io.modelmill.inference.placement;

import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One model on this replica. An alias answers with the version that it last swapped to; a new target is loaded and warmed
 * beside it first, and if that fails the old one goes on answering for as long as it is READY.
 */
final class ModelPlacement {
    private static final Logger LOG = Logger.getLogger(ModelPlacement.class);

    private final ModelKey key;
    private final LoadThreads threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Slot> slots = new HashMap<>();
    /** The version that answers for an alias. */
    private final Map<String, Long> answering = new HashMap<>();
    /** Versions that callers asked for by number: they stay when no alias needs them. */
    private final Set<Long> onDemand = new HashSet<>();

    /** Of versions that were loaded once, now or not. */
    private final Map<Long, Usage> usages = new HashMap<>();

    private @Nullable ServedModel wanted;

    ModelPlacement(ModelKey key, LoadThreads threads) {
        this.key = key;
        this.threads = threads;
    }

    /** What is known of the model; empty before the first state and after its removal. */
    Optional<ServedModel> wanted() {
        lock.lock();
        try {
            return Optional.ofNullable(wanted);
        } finally {
            lock.unlock();
        }
    }

    /** Takes a newer state; answers false if it is not newer. */
    boolean apply(ServedModel model, SpanContext cause) {
        lock.lock();
        try {
            if (wanted != null && model.revision() <= wanted.revision()) {
                return false;
            }
            wanted = model;
            dropSlots(slot -> !model.version(slot.version().number())
                    .filter(version -> version.equals(slot.version()) || version.succeeds(slot.version()))
                    .isPresent());
            replaceChanged(model, cause);
            onDemand.retainAll(model.versions().keySet());
            usages.keySet().retainAll(model.versions().keySet());
            for (long target : Set.copyOf(model.aliases().values())) {
                Slot slot = slots.get(target);
                if (slot == null || slot instanceof Slot.Failed) {
                    model.version(target).ifPresent(version -> loadTarget(version, cause));
                }
            }
            settle(model);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The model is gone: nothing of it answers any more. */
    void remove() {
        lock.lock();
        try {
            wanted = null;
            answering.clear();
            onDemand.clear();
            usages.clear();
            dropSlots(slot -> true);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A lease on the version that answers for the choice, at once if it is loaded, else after its load.
     *
     * @param cause span of the call
     * @return fails with a {@link ServiceException}: NOT_FOUND, UNAVAILABLE after a failed load, RESOURCE_EXHAUSTED if too
     *     many wait or nothing can be unloaded to make room for it
     */
    CompletableFuture<SessionLease> acquire(VersionChoice choice, SpanContext cause) {
        lock.lock();
        try {
            ServedVersion version = answering(choice).orElseThrow(() -> notFound(choice));
            if (wanted == null || wanted.alias(choice).isEmpty()) {
                onDemand.add(version.number());
            }
            Slot slot = slots.get(version.number());
            Optional<LoadedVersion> loaded = answeringIn(slot);
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
            Slot.Loading loading =
                    slot instanceof Slot.Loading running ? running : startLoad(version, cause, Optional.empty());
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
     * @throws ServiceException NOT_FOUND if there is none
     */
    ServedVersion require(VersionChoice choice) {
        lock.lock();
        try {
            ServedVersion version = answering(choice).orElseThrow(() -> notFound(choice));
            return answeringIn(slots.get(version.number()))
                    .map(LoadedVersion::version)
                    .orElse(version);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether the very version that the choice means is loaded, or is the target of an alias that the next call loads, for
     * want of memory; false while an older one answers in its place.
     */
    boolean isReady(VersionChoice choice) {
        lock.lock();
        try {
            return wanted != null
                    && wanted.target(choice)
                            .filter(version -> isReady(version, choice))
                            .isPresent();
        } finally {
            lock.unlock();
        }
    }

    /** Of all versions that may be called, by number. */
    List<VersionState> states() {
        lock.lock();
        try {
            return wanted == null
                    ? List.of()
                    : wanted.numbers().stream()
                            .map(number -> VersionState.of(number, slots.get(number)))
                            .toList();
        } finally {
            lock.unlock();
        }
    }

    private boolean isReady(ServedVersion version, VersionChoice choice) {
        return switch (slots.get(version.number())) {
            case Slot.Loaded _ -> true;
            case Slot.Loading loading -> loading.again();
            case Slot.Failed _ -> false;
            case null -> isTarget(version.number()) && answering(choice).equals(Optional.of(version));
        };
    }

    private boolean isTarget(long number) {
        return wanted != null && wanted.aliases().containsValue(number);
    }

    int loadedVersions() {
        lock.lock();
        try {
            return (int) slots.values().stream()
                    .filter(slot -> slot.answering().isPresent())
                    .count();
        } finally {
            lock.unlock();
        }
    }

    /** Loads that run now; each ends normally whether it succeeds or fails. */
    List<CompletableFuture<Void>> loads() {
        lock.lock();
        try {
            return slots.values().stream()
                    .filter(Slot.Loading.class::isInstance)
                    .map(slot -> ((Slot.Loading) slot).done().<Void>handle((done, failure) -> null))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    private Optional<ServedVersion> answering(VersionChoice choice) {
        if (wanted == null) {
            return Optional.empty();
        }
        Optional<ServedVersion> target = wanted.target(choice);
        Optional<ServedVersion> swapped =
                wanted.alias(choice).map(answering::get).flatMap(wanted::version);
        if (swapped.isEmpty() || swapped.equals(target)) {
            return target;
        }
        // An old version that had to go is loaded again only if the new one cannot be.
        boolean answers = answeringIn(slots.get(swapped.get().number())).isPresent();
        boolean targetFailed = target.map(version -> slots.get(version.number()) instanceof Slot.Failed)
                .orElse(true);
        return answers || targetFailed ? swapped : target;
    }

    private ServiceException notFound(VersionChoice choice) {
        return ServiceException.notFound(
                switch (choice) {
                    case VersionChoice.Unnamed _ -> key.resourceName() + "/versions";
                    case VersionChoice.Numbered number -> key.versionName(number.digits());
                    case VersionChoice.Alias alias -> key.resourceName() + "/aliases/" + alias.id();
                });
    }

    private static Optional<LoadedVersion> answeringIn(@Nullable Slot slot) {
        return slot == null ? Optional.empty() : slot.answering();
    }

    /** Loads changed versions beside what answers for them until then. */
    private void replaceChanged(ServedModel model, SpanContext cause) {
        for (Slot slot : List.copyOf(slots.values())) {
            ServedVersion version = model.versions().get(slot.version().number());
            if (version != null && !version.equals(slot.version())) {
                slots.put(
                        version.number(),
                        new Slot.Failed(
                                version,
                                slot.answering(),
                                InferenceReason.VERSION_NOT_LOADED,
                                "changed",
                                0,
                                Instant.MIN));
                startLoad(version, cause, Optional.empty());
            }
        }
    }

    /**
     * Loads an alias's target before anybody calls it, if there is room. One that replaces what answers now gets the room
     * that others must leave: its callers would not miss it, and it would never be loaded.
     */
    private void loadTarget(ServedVersion version, SpanContext cause) {
        Optional<MemoryBudget.Room> room = threads.loads().tryTake(key, version);
        if (room.isPresent() || replaces(version.number())) {
            startLoad(version, cause, room);
        } else {
            LOG.debugf("%s: no room, loaded when it is called", key.versionName(version.number()));
        }
    }

    /** Whether something else answers where the version shall. */
    private boolean replaces(long number) {
        return answeringIn(slots.get(number)).isPresent()
                || (wanted != null
                        && wanted.aliases().entrySet().stream()
                                .filter(alias -> alias.getValue() == number)
                                .map(alias -> answering.get(alias.getKey()))
                                .anyMatch(old -> old != null
                                        && answeringIn(slots.get(old)).isPresent()));
    }

    /**
     * Goes on from what is in the version's slot.
     *
     * @param room that was taken for it; empty if the load shall make it
     */
    private Slot.Loading startLoad(ServedVersion version, SpanContext cause, Optional<MemoryBudget.Room> room) {
        Slot before = slots.get(version.number());
        int failures = before instanceof Slot.Failed failed ? failed.failures() : 0;
        boolean again = before == null && room.isEmpty() && isTarget(version.number()) && !replaces(version.number());
        Slot.Loading loading = new Slot.Loading(version, answeringIn(before), failures, again);
        slots.put(version.number(), loading);
        Usage usage = usages.computeIfAbsent(
                version.number(), number -> threads.loads().newUsage());
        try {
            threads.execute(() -> load(loading, room, usage, cause));
        } catch (RejectedExecutionException e) {
            slots.remove(version.number());
            room.ifPresent(MemoryBudget.Room::free);
            throw new ServiceException(InferenceReason.REPLICA_NOT_READY, "this replica is shutting down");
        }
        return loading;
    }

    private void load(Slot.Loading loading, Optional<MemoryBudget.Room> room, Usage usage, SpanContext cause) {
        LoadedVersion loaded;
        try {
            loaded = threads.loads().load(key, loading.version(), room, usage, cause);
        } catch (NoRoomException full) {
            foundNoRoom(loading, cause, full);
            return;
        } catch (Throwable failure) {
            // Whatever it was, callers wait for this load.
            failed(loading, cause, failure);
            return;
        }
        boolean placed = placed(loading, loaded);
        if (!placed) {
            loaded.retire();
        }
        // Callers look again: the version may be gone, or another be loading in its place. Those who find it get their
        // leases here, before another load may take its room.
        loading.done().complete(null);
        if (placed) {
            loaded.residence().release();
        }
    }

    /** Puts the loaded version in its place and holds it there; false if it is not wanted any more. */
    private boolean placed(Slot.Loading loading, LoadedVersion loaded) {
        lock.lock();
        try {
            long number = loading.version().number();
            if (wanted == null || !loading.equals(slots.get(number))) {
                return false;
            }
            slots.put(number, new Slot.Loaded(loading.version(), loaded));
            loaded.residence().hold();
            loaded.residence().settle(() -> evict(loaded));
            loading.answering().ifPresent(this::retire);
            settle(wanted);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Unloads a version that nobody uses, to make room for another; the next call loads it again. */
    private boolean evict(LoadedVersion loaded) {
        lock.lock();
        try {
            long number = loaded.version().number();
            // What is being replaced stays until then: it goes soon enough.
            if (!(slots.get(number) instanceof Slot.Loaded slot)
                    || slot.loaded() != loaded
                    || !loaded.residence().retireIfUnused()) {
                return false;
            }
            slots.remove(number);
            onDemand.remove(number);
        } finally {
            lock.unlock();
        }
        loaded.close();
        LOG.infof("%s: unloaded to make room", key.versionName(loaded.version().number()));
        return true;
    }

    /** The load did not begin. Callers try again; what replaces another version is tried again here. */
    private void foundNoRoom(Slot.Loading loading, SpanContext cause, NoRoomException full) {
        lock.lock();
        try {
            long number = loading.version().number();
            if (loading.equals(slots.get(number))) {
                slots.remove(number);
                if (loading.answering().isPresent() || replaces(number)) {
                    Duration pause = threads.roomPause();
                    Slot.Failed slot = new Slot.Failed(
                            loading.version(),
                            loading.answering(),
                            InferenceReason.VERSION_NOT_LOADED,
                            String.valueOf(full.getMessage()),
                            loading.failures(),
                            Instant.now().plus(pause));
                    slots.put(number, slot);
                    threads.schedule(() -> retry(slot, cause), pause.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        } finally {
            lock.unlock();
        }
        loading.done().completeExceptionally(full.toServiceException());
    }

    private void failed(Slot.Loading loading, SpanContext cause, Throwable failure) {
        ServedVersion version = loading.version();
        int failures = loading.failures() + 1;
        Duration pause = threads.pauseAfter(failures);
        Slot.Failed slot = new Slot.Failed(
                version,
                loading.answering(),
                failure instanceof LoadFailedException known ? known.reason() : InferenceReason.VERSION_NOT_LOADED,
                failure instanceof LoadFailedException ? String.valueOf(failure.getMessage()) : "internal error",
                failures,
                Instant.now().plus(pause));
        threads.countFailure(key, version.number());
        if (failure instanceof Error) {
            LOG.errorf(failure, "%s: not loaded", key.versionName(version.number()));
        }
        LOG.infof("%s: next try in %s at the earliest", key.versionName(version.number()), pause);
        lock.lock();
        try {
            if (loading.equals(slots.get(version.number()))) {
                slots.put(version.number(), slot);
                threads.schedule(() -> retry(slot, cause), pause.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
        loading.done().completeExceptionally(slot.exception(key));
    }

    /**
     * Tries again an alias's target and what shall replace a version that answers; a version that nothing but a caller
     * wants waits for the next caller.
     */
    private void retry(Slot.Failed failed, SpanContext cause) {
        lock.lock();
        try {
            long number = failed.version().number();
            if (wanted != null
                    && failed.equals(slots.get(number))
                    && (wanted.aliases().containsValue(number)
                            || failed.answering().isPresent())) {
                startLoad(failed.version(), cause, Optional.empty());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Swaps aliases to targets that are loaded, then lets go of versions that nothing needs. */
    private void settle(ServedModel model) {
        answering
                .entrySet()
                .removeIf(entry -> !model.aliases().containsKey(entry.getKey())
                        || model.version(entry.getValue()).isEmpty());
        model.aliases().forEach((alias, target) -> {
            if (slots.get(target) instanceof Slot.Loaded) {
                answering.put(alias, target);
            }
        });
        dropSlots(slot -> {
            long number = slot.version().number();
            return slot instanceof Slot.Loaded
                    && !answering.containsValue(number)
                    && !model.aliases().containsValue(number)
                    && !onDemand.contains(number);
        });
    }

    private void dropSlots(Predicate<Slot> unneeded) {
        slots.values().removeIf(slot -> {
            if (!unneeded.test(slot)) {
                return false;
            }
            slot.answering().ifPresent(this::retire);
            return true;
        });
    }

    private void retire(LoadedVersion loaded) {
        LOG.infof("%s: unloaded", key.versionName(loaded.version().number()));
        // Closing is native work, which calls that wait for the lock shall not wait for.
        threads.schedule(loaded::retire, 0, TimeUnit.MILLISECONDS);
    }
}
