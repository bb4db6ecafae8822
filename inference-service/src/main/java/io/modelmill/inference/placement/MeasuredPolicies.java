package io.modelmill.inference.placement;

import io.modelmill.inference.batching.BatchPolicy;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.ServingSpec;
import java.util.Optional;

/** How versions are best batched, as measured once: those that come and go on a small budget are not measured again. */
final class MeasuredPolicies {
    private final PerVersion<Measured> known = new PerVersion<>();

    /** What was measured, if the version and what its owner wants are still the same. */
    Optional<BatchPolicy> find(ModelKey model, ServedVersion version, ServingSpec serving) {
        return known.find(model, version.number())
                .filter(found ->
                        found.version().equals(version) && found.serving().equals(serving))
                .map(Measured::policy);
    }

    void put(ModelKey model, ServedVersion version, ServingSpec serving, BatchPolicy policy) {
        known.put(model, version.number(), new Measured(version, serving, policy));
    }

    PerVersion<?> known() {
        return known;
    }

    private record Measured(ServedVersion version, ServingSpec serving, BatchPolicy policy) {}
}
