package io.modelmill.inference.placement;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * The loads of one model's versions: what begins them, what becomes of them, and when a failed one is tried again. What
 * begins them holds the model's lock; the loads themselves hold none and take it for their outcome.
 */
final class VersionLoads {
    private static final Logger LOG = Logger.getLogger(VersionLoads.class);

    private final ModelKey key;
    private final LoadThreads threads;
    private final ReentrantLock lock;
    private final VersionSlots slots;
    private final Answering answering;
    /** Of versions that were loaded once, now or not. */
    private final Map<Long, Usage> usages = new HashMap<>();

    /** @param lock of the model */
    VersionLoads(ModelKey key, LoadThreads threads, ReentrantLock lock, VersionSlots slots, Answering answering) {
        this.key = key;
        this.threads = threads;
        this.lock = lock;
        this.slots = slots;
        this.answering = answering;
    }

    /** The model is gone. */
    void clear() {
        usages.clear();
        threads.loads().retain(key, Set.of());
    }

    /** Begins what a newer state of the model asks for. */
    void follow(ServedModel model, SpanContext cause) {
        replaceChanged(model, cause);
        retain(Set.copyOf(model.allNumbers()));
        model.aliases().values().stream().distinct().forEach(target -> {
            Slot slot = slots.get(target);
            if (slot == null || slot instanceof Slot.Failed) {
                model.version(target).ifPresent(version -> loadTarget(version, cause));
            }
        });
    }

    private void retain(Set<Long> numbers) {
        usages.keySet().retainAll(numbers);
        threads.loads().retain(key, numbers);
    }

    /** Loads changed versions beside what answers for them until then. */
    private void replaceChanged(ServedModel model, SpanContext cause) {
        for (Slot slot : slots.all()) {
            ServedVersion version = model.versions().get(slot.version().number());
            if (version != null && !version.equals(slot.version())) {
                slots.put(new Slot.Failed(
                        version, slot.answering(), InferenceReason.VERSION_NOT_LOADED, "changed", 0, Instant.MIN));
                start(version, cause, Optional.empty());
            }
        }
    }

    /**
     * Loads an alias's target before anybody calls it, if there is room. One that replaces what answers now gets the room
     * that others must leave: its callers would not miss it, and it would never be loaded.
     */
    private void loadTarget(ServedVersion version, SpanContext cause) {
        Optional<MemoryBudget.Room> room = threads.loads().tryTake(key, version);
        if (room.isPresent() || answering.isReplacement(version.number())) {
            start(version, cause, room);
        } else {
            LOG.debugf("%s: no room, loaded when it is called", key.versionName(version.number()));
        }
    }

    /** Begins the load that a call waits for. */
    Slot.Loading start(ServedVersion version, SpanContext cause) {
        return start(version, cause, Optional.empty());
    }

    /**
     * Goes on from what is in the version's slot.
     *
     * @param room that was taken for it; empty if the load shall make it
     */
    private Slot.Loading start(ServedVersion version, SpanContext cause, Optional<MemoryBudget.Room> room) {
        long number = version.number();
        Slot before = slots.get(number);
        int failures = before instanceof Slot.Failed failed ? failed.failures() : 0;
        boolean again =
                before == null && room.isEmpty() && answering.isTarget(number) && !answering.isReplacement(number);
        Slot.Loading loading = new Slot.Loading(version, slots.answering(number), failures, again);
        slots.put(loading);
        Usage usage = usages.computeIfAbsent(number, unused -> threads.loads().newUsage());
        try {
            threads.execute(() -> load(loading, room, usage, cause));
        } catch (RejectedExecutionException e) {
            slots.remove(number);
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
            if (!slots.holds(loading)) {
                // Its version may have gone while it was measured.
                retain(answering
                        .wanted()
                        .map(model -> Set.copyOf(model.allNumbers()))
                        .orElse(Set.of()));
                return false;
            }
            slots.put(new Slot.Loaded(loading.version(), loaded));
            loaded.residence().hold();
            loaded.residence().settle(() -> evict(loaded));
            loading.answering().ifPresent(slots::retire);
            answering.settle();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Unloads a version that nobody uses, to make room for another; the next call loads it again. */
    private boolean evict(LoadedVersion loaded) {
        long number = loaded.version().number();
        lock.lock();
        try {
            // What is being replaced stays until then: it goes soon enough.
            if (!(slots.get(number) instanceof Slot.Loaded slot)
                    || slot.loaded() != loaded
                    || !loaded.residence().retireIfUnused()) {
                return false;
            }
            slots.remove(number);
            answering.evicted(number);
        } finally {
            lock.unlock();
        }
        loaded.close();
        LOG.infof("%s: unloaded to make room", key.versionName(number));
        return true;
    }

    /** The load did not begin. Callers try again; what replaces another version is tried again here. */
    private void foundNoRoom(Slot.Loading loading, SpanContext cause, NoRoomException full) {
        lock.lock();
        try {
            long number = loading.version().number();
            if (slots.holds(loading)) {
                slots.remove(number);
                if (loading.answering().isPresent() || answering.isReplacement(number)) {
                    Duration pause = threads.roomPause();
                    Slot.Failed slot = new Slot.Failed(
                            loading.version(),
                            loading.answering(),
                            InferenceReason.VERSION_NOT_LOADED,
                            String.valueOf(full.getMessage()),
                            loading.failures(),
                            Instant.now().plus(pause));
                    slots.put(slot);
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
            if (slots.holds(loading)) {
                slots.put(slot);
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
            if (slots.holds(failed)
                    && (answering.isTarget(failed.version().number())
                            || failed.answering().isPresent())) {
                start(failed.version(), cause);
            }
        } finally {
            lock.unlock();
        }
    }
}
