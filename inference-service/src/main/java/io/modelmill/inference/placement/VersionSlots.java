package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.servicekit.error.ServiceException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** How far each version of one model is on this replica. Guarded by the model's lock. */
final class VersionSlots {
    private static final Logger LOG = Logger.getLogger(VersionSlots.class);

    private final ModelKey key;
    private final LoadThreads threads;
    private final Runnable changed;
    private final Map<Long, Slot> slots = new HashMap<>();
    /** What has left its slot and finishes its last calls, which hold it. */
    private final List<WeakReference<LoadedVersion>> leaving = new ArrayList<>();

    /** @param changed is told of each change, under the model's lock, which what it says must be looked up under, too */
    VersionSlots(ModelKey key, LoadThreads threads, Runnable changed) {
        this.key = key;
        this.threads = threads;
        this.changed = changed;
    }

    /** Null if the version has not been asked for. */
    @Nullable
    Slot get(long number) {
        return slots.get(number);
    }

    void put(Slot slot) {
        slots.put(slot.version().number(), slot);
        changed.run();
    }

    void remove(long number) {
        slots.remove(number);
        changed.run();
    }

    List<Slot> all() {
        return List.copyOf(slots.values());
    }

    /** Whether the slot is still the version's. */
    boolean holds(Slot slot) {
        return slot.equals(slots.get(slot.version().number()));
    }

    /** What answers for the version of that number now: itself, or the one that it shall replace. */
    Optional<LoadedVersion> answering(long number) {
        Slot slot = slots.get(number);
        return slot == null ? Optional.empty() : slot.answering();
    }

    int answeringVersions() {
        return (int) slots.values().stream()
                .filter(slot -> slot.answering().isPresent())
                .count();
    }

    /** Loads that run now; each ends normally whether it succeeds or fails. */
    List<CompletableFuture<Void>> loads() {
        return slots.values().stream()
                .filter(Slot.Loading.class::isInstance)
                .map(slot -> ((Slot.Loading) slot).done().<Void>handle((done, failure) -> null))
                .toList();
    }

    /** Forgets those versions, and lets go of what answers for them. */
    void drop(Predicate<Slot> unneeded) {
        boolean dropped = slots.values().removeIf(slot -> {
            if (!unneeded.test(slot)) {
                return false;
            }
            slot.answering().ifPresent(this::retire);
            return true;
        });
        if (dropped) {
            changed.run();
        }
    }

    /**
     * What refuses the calls of a version that must not answer any more: those that wait for its load, wait to run, or run,
     * also where it has left its slot before. To be done without the model's lock, for it answers callers.
     */
    List<Runnable> refusals(long number, ServiceException why) {
        List<Runnable> refusals = new ArrayList<>();
        if (slots.get(number) instanceof Slot.Loading loading) {
            // They look again, and find what they are told then.
            refusals.add(() -> loading.done().complete(null));
        }
        answering(number)
                .ifPresent(loaded -> refusals.add(() -> loaded.batcher().refuse(why)));
        for (WeakReference<LoadedVersion> reference : leaving) {
            LoadedVersion loaded = reference.get();
            if (loaded != null && loaded.version().number() == number) {
                refusals.add(() -> loaded.batcher().refuse(why));
            }
        }
        return refusals;
    }

    private static boolean isUsed(@Nullable LoadedVersion loaded) {
        return loaded != null && loaded.residence().isUsed();
    }

    /** Lets go of what answered in a slot. */
    void retire(LoadedVersion loaded) {
        LOG.infof("%s: unloaded", key.versionName(loaded.version().number()));
        leaving.removeIf(reference -> !isUsed(reference.get()));
        if (isUsed(loaded)) {
            leaving.add(new WeakReference<>(loaded));
        }
        // Closing is native work, which calls that wait for the lock shall not wait for.
        threads.schedule(loaded::retire, 0, TimeUnit.MILLISECONDS);
    }
}
