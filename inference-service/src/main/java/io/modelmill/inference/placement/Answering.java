package io.modelmill.inference.placement;

import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.model.Withdrawal;
import io.modelmill.inference.rollout.AliasProgress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which version of one model answers for what callers name, between what is wanted and what is loaded. An alias answers
 * with the version that it last swapped to, for as long as that is READY and nothing newer is loaded. Guarded by the
 * model's lock.
 */
final class Answering {
    private final VersionSlots slots;
    /** The version that an alias last swapped to. */
    private final Map<String, Long> swapped = new HashMap<>();
    /** Versions that callers asked for by number: they stay when no alias needs them. */
    private final Set<Long> onDemand = new HashSet<>();

    private @Nullable ServedModel wanted;

    Answering(VersionSlots slots) {
        this.slots = slots;
    }

    /** Empty before the first state and after the model's removal. */
    Optional<ServedModel> wanted() {
        return Optional.ofNullable(wanted);
    }

    void want(ServedModel model) {
        wanted = model;
        onDemand.retainAll(model.versions().keySet());
    }

    /** The model is gone. */
    void clear() {
        wanted = null;
        swapped.clear();
        onDemand.clear();
    }

    /**
     * The version that answers for the choice, loaded or not; empty if there is none, or a withdrawn one: whoever chose it
     * is refused rather than answered by another.
     */
    Optional<ServedVersion> version(VersionChoice choice) {
        if (wanted == null) {
            return Optional.empty();
        }
        if (wanted.withdrawn(choice).isPresent()) {
            return Optional.empty();
        }
        Optional<ServedVersion> target = wanted.target(choice);
        Optional<ServedVersion> old = wanted.alias(choice).map(swapped::get).flatMap(wanted::version);
        if (old.isEmpty() || old.equals(target)) {
            return target;
        }
        // An old version that had to go is loaded again only if the new one cannot be.
        boolean answers = slots.answering(old.get().number()).isPresent();
        boolean targetFailed = target.map(version -> slots.get(version.number()) instanceof Slot.Failed)
                .orElse(true);
        return answers || targetFailed ? old : target;
    }

    /**
     * Whether the very version that the choice means is loaded, or is the target of an alias that the next call loads, for
     * want of memory; false while an older one answers in its place.
     */
    boolean isReady(VersionChoice choice) {
        return wanted().flatMap(model -> model.target(choice))
                .filter(version -> isReady(version, choice))
                .isPresent();
    }

    private boolean isReady(ServedVersion version, VersionChoice choice) {
        return switch (slots.get(version.number())) {
            case Slot.Loaded _ -> true;
            case Slot.Loading loading -> loading.again();
            case Slot.Failed _ -> false;
            case null -> isTarget(version.number()) && version(choice).equals(Optional.of(version));
        };
    }

    /** How far what each alias of the state points at is, by alias. */
    Map<String, AliasProgress> progress(ServedModel model) {
        Map<String, AliasProgress> progress = new HashMap<>();
        model.aliases().forEach((alias, target) -> progress.put(alias, progress(model, alias, target)));
        return progress;
    }

    private AliasProgress progress(ServedModel model, String alias, long target) {
        Withdrawal withdrawal = model.withdrawn().get(target);
        if (withdrawal != null) {
            return new AliasProgress(target, AliasProgress.Phase.WITHDRAWN, withdrawal.reason(), 0);
        }
        VersionChoice choice = new VersionChoice.Alias(alias);
        Optional<ServedVersion> called = version(choice);
        long answering = called.map(ServedVersion::number)
                .filter(number -> slots.answering(number).isPresent())
                .orElse(0L);
        return switch (slots.get(target)) {
            case Slot.Loaded _ -> new AliasProgress(target, AliasProgress.Phase.SERVING, "", answering);
            case Slot.Loading loading ->
                new AliasProgress(
                        target,
                        loading.again() ? AliasProgress.Phase.ON_DEMAND : AliasProgress.Phase.LOADING,
                        "",
                        answering);
            // One that found no memory has not failed, it waits.
            case Slot.Failed failed ->
                new AliasProgress(
                        target,
                        failed.failures() == 0 ? AliasProgress.Phase.LOADING : AliasProgress.Phase.FAILED,
                        failed.reason(),
                        answering);
            case null ->
                called.filter(version -> version.number() == target).isPresent()
                        ? new AliasProgress(target, AliasProgress.Phase.ON_DEMAND, "", answering)
                        : model.version(target).isPresent()
                                ? new AliasProgress(target, AliasProgress.Phase.LOADING, "", answering)
                                : new AliasProgress(
                                        target, AliasProgress.Phase.FAILED, "the version is not READY", answering);
        };
    }

    /** Whether an alias means the version. */
    boolean isTarget(long number) {
        return wanted != null && wanted.aliases().containsValue(number);
    }

    /** Whether something else answers where the version shall. */
    boolean isReplacement(long number) {
        return slots.answering(number).isPresent()
                || (wanted != null
                        && wanted.aliases().entrySet().stream()
                                .filter(alias -> alias.getValue() == number)
                                .map(alias -> swapped.get(alias.getKey()))
                                .anyMatch(old ->
                                        old != null && slots.answering(old).isPresent()));
    }

    /** A call comes for the choice, which the version answers. */
    void called(VersionChoice choice, long number) {
        if (wanted().flatMap(model -> model.alias(choice)).isEmpty()) {
            onDemand.add(number);
        }
    }

    /** The version had to go; it is loaded again when it is called. */
    void evicted(long number) {
        onDemand.remove(number);
    }

    /** Swaps aliases to targets that are loaded, then lets go of versions that nothing needs. */
    void settle() {
        ServedModel model = wanted;
        if (model == null) {
            return;
        }
        swapped.entrySet()
                .removeIf(entry -> !model.aliases().containsKey(entry.getKey())
                        || model.version(entry.getValue()).isEmpty());
        model.aliases().forEach((alias, target) -> {
            if (slots.get(target) instanceof Slot.Loaded) {
                swapped.put(alias, target);
            }
        });
        slots.drop(slot -> {
            long number = slot.version().number();
            return slot instanceof Slot.Loaded
                    && !swapped.containsValue(number)
                    && !isTarget(number)
                    && !onDemand.contains(number);
        });
    }
}
