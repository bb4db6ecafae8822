package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What is remembered of versions for as long as their models have them, loaded or not. */
final class PerVersion<T> {
    private final Map<ModelKey, Map<Long, T>> models = new ConcurrentHashMap<>();

    Optional<T> find(ModelKey model, long number) {
        return Optional.ofNullable(models.getOrDefault(model, Map.of()).get(number));
    }

    void put(ModelKey model, long number, T value) {
        models.compute(model, (key, versions) -> {
            Map<Long, T> kept = versions == null ? new ConcurrentHashMap<>() : versions;
            kept.put(number, value);
            return kept;
        });
    }

    /** Forgets all other versions of the model. */
    void retain(ModelKey model, Set<Long> numbers) {
        models.computeIfPresent(model, (key, versions) -> {
            versions.keySet().retainAll(numbers);
            return versions.isEmpty() ? null : versions;
        });
    }

    /** Of how many versions something is remembered. */
    int size() {
        return models.values().stream().mapToInt(Map::size).sum();
    }
}
