package io.modelmill.training.spec;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.training.spec.RegistryFacts.ReadyVersion;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataRules;
import io.modelmill.trainingspec.job.DatasetFacts;
import io.modelmill.trainingspec.job.Estimate;
import io.modelmill.trainingspec.job.NetworkPlan;
import io.modelmill.trainingspec.job.ResourceRules;
import io.modelmill.trainingspec.job.SpecRules;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpec.Distillation;
import io.modelmill.trainingspec.job.TrainingSpec.Quantization;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Tells every fault of a spec at once, those that only the registry's knowledge shows too. */
@ApplicationScoped
public class SpecValidator {
    /** Path of the spec in the request. */
    private static final String SPEC = "training_job.spec.";

    private static final ResourceNamePattern MODEL = ResourceNamePattern.of("tenants/{tenant}/models/{model}");
    private static final ResourceNamePattern MODEL_VERSION =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/versions/{version:number}");
    private static final ResourceNamePattern DATASET_VERSION =
            ResourceNamePattern.of("tenants/{tenant}/datasets/{dataset}/versions/{version:number}");

    private final RegistryFacts registry;
    private final SpecConfig config;

    SpecValidator(RegistryFacts registry, SpecConfig config) {
        this.registry = registry;
        this.config = config;
    }

    /**
     * Checks a tenant's spec.
     *
     * @param mostMemory bytes that the job may need
     * @param violations faults found before, which are told together with those of the spec
     * @return what the job needs; empty if that cannot be told before it is tried
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT with all faults, or UNAVAILABLE if the
     *     registry does not answer
     */
    public Optional<Estimate> require(TrainingSpec spec, String tenant, long mostMemory, Violations violations) {
        Faults faults = Faults.ofSpec();
        SpecRules.check(spec, faults);
        Optional<Estimate> estimate = Optional.empty();
        try {
            estimate = checkReferences(spec, tenant, mostMemory, faults);
        } catch (ServiceException away) {
            // What is wrong already stays wrong when the registry is back.
            tell(faults, violations);
            violations.throwIfAny();
            throw away;
        }
        tell(faults, violations);
        violations.throwIfAny();
        return estimate;
    }

    private static void tell(Faults faults, Violations violations) {
        faults.found().forEach(fault -> violations.add(SPEC + fault.path(), fault.offending(), fault.expected()));
    }

    private Optional<Estimate> checkReferences(TrainingSpec spec, String tenant, long mostMemory, Faults faults) {
        if (MODEL.match(spec.model()).isPresent()) {
            faults.check(
                    isOwn(MODEL, spec.model(), tenant) && registry.modelExists(spec.model()),
                    "model",
                    spec.model(),
                    "a model of tenants/" + tenant);
        }
        Optional<ReadyVersion> source = source(spec, tenant, faults);
        if (DATASET_VERSION.match(spec.datasetVersion()).isEmpty()) {
            return Optional.empty();
        }
        Optional<DatasetFacts> facts = isOwn(DATASET_VERSION, spec.datasetVersion(), tenant)
                ? registry.datasetVersion(spec.datasetVersion())
                : Optional.empty();
        if (facts.isEmpty()) {
            faults.add(
                    "dataset_version",
                    spec.datasetVersion(),
                    "a data-set version of tenants/" + tenant + " that is not deleted");
            return Optional.empty();
        }
        Optional<NetworkPlan> plan = DataRules.check(spec, facts.get(), faults);
        checkTeacher(spec, source, facts.get(), faults);
        long sourceBytes = source.map(ReadyVersion::sizeBytes).orElse(0L);
        Optional<Estimate> estimate = spec.quantization().isPresent()
                ? Optional.of(Estimate.ofQuantization(facts.get(), sourceBytes))
                : plan.map(network -> Estimate.ofTraining(spec, network, facts.get(), sourceBytes));
        estimate.ifPresent(needs -> ResourceRules.check(needs, limits(mostMemory), faults));
        return estimate;
    }

    /** The version that teaches or is quantised, if there is one. */
    private Optional<ReadyVersion> source(TrainingSpec spec, String tenant, Faults faults) {
        Optional<String> teacher = spec.distillation().map(Distillation::teacherVersion);
        Optional<String> parent = spec.quantization().map(Quantization::parentVersion);
        String name = teacher.or(() -> parent).orElse("");
        if (MODEL_VERSION.match(name).isEmpty()) {
            return Optional.empty();
        }
        Optional<ReadyVersion> ready =
                isOwn(MODEL_VERSION, name, tenant) ? registry.readyVersion(name) : Optional.empty();
        faults.check(
                ready.isPresent(),
                teacher.isPresent() ? "distillation.teacher_version" : "quantization.parent_version",
                name,
                "a READY version of tenants/" + tenant);
        return ready;
    }

    private static void checkTeacher(
            TrainingSpec spec, Optional<ReadyVersion> source, DatasetFacts facts, Faults faults) {
        List<String> classes = facts.columns().stream()
                .filter(column -> column.name().equals(spec.data().labelColumn()))
                .flatMap(column -> column.distinctValues().stream())
                .toList();
        if (spec.distillation().isPresent() && source.isPresent() && !classes.isEmpty()) {
            List<String> taught = source.get().classLabels();
            faults.check(
                    new HashSet<>(taught).equals(new HashSet<>(classes)),
                    "distillation.teacher_version",
                    "the classes " + taught,
                    "those of \"" + spec.data().labelColumn() + "\", " + classes);
        }
    }

    private ResourceRules.Limits limits(long mostMemory) {
        return new ResourceRules.Limits(
                config.maxParameters(), mostMemory, config.maxDisk().asLongValue());
    }

    private static boolean isOwn(ResourceNamePattern pattern, String name, String tenant) {
        return pattern.match(name).filter(ids -> ids.getFirst().equals(tenant)).isPresent();
    }
}
