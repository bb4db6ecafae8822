package io.modelmill.training.spec;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/** Tells every fault of a spec at once, those that only the registry's knowledge shows too. */
@ApplicationScoped
public class SpecValidator {
    private final RegistryFacts registry;
    private final SpecConfig config;

    SpecValidator(RegistryFacts registry, SpecConfig config) {
        this.registry = registry;
        this.config = config;
    }

    /**
     * Checks a tenant's spec.
     *
     * @param violations faults found before, which are told together with those of the spec
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT with all faults, or UNAVAILABLE if the
     *     registry does not answer
     */
    public void require(TrainingSpec spec, String tenant, Violations violations) {
        SpecRules.check(spec, violations);
        try {
            checkReferences(spec, tenant, violations);
        } catch (ServiceException away) {
            // What is wrong already stays wrong when the registry is back.
            violations.throwIfAny();
            throw away;
        }
        violations.throwIfAny();
    }

    private void checkReferences(TrainingSpec spec, String tenant, Violations violations) {
        Optional<List<String>> model = SpecRules.MODEL.match(spec.model());
        if (model.isPresent()) {
            violations.check(
                    own(model.get(), tenant) && registry.modelExists(spec.model()),
                    SpecRules.SPEC + "model",
                    spec.model(),
                    "a model of tenants/" + tenant);
        }
        Optional<List<String>> dataset = SpecRules.DATASET_VERSION.match(spec.datasetVersion());
        if (dataset.isPresent()) {
            Optional<DatasetFacts> facts =
                    own(dataset.get(), tenant) ? registry.datasetVersion(spec.datasetVersion()) : Optional.empty();
            facts.ifPresentOrElse(
                    known -> DataRules.check(spec, known, config.maxParameters(), violations),
                    () -> violations.add(
                            SpecRules.SPEC + "dataset_version",
                            spec.datasetVersion(),
                            "a data-set version of tenants/" + tenant));
        }
    }

    private static boolean own(List<String> nameSegments, String tenant) {
        return nameSegments.getFirst().equals(tenant);
    }
}
