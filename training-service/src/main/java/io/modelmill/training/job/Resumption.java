package io.modelmill.training.job;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.ResumeRules;
import io.modelmill.trainingspec.job.TrainingSpec;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Finds where a job begins that goes on with another's training. */
@ApplicationScoped
class Resumption {
    private static final String SPEC = "training_job.spec.";
    private static final String FIELD = SPEC + "resume_from";

    private final PostgresJobs jobs;

    Resumption(PostgresJobs jobs) {
        this.jobs = jobs;
    }

    /**
     * The checkpoint of the job that a tenant's spec resumes, if it resumes one.
     *
     * @param violations takes what is wrong with it, but for the form of the name
     */
    Optional<JobCheckpoint> start(TrainingSpec spec, String tenant, Violations violations) {
        String name = spec.resumeFrom();
        if (name.isEmpty() || JobName.PATTERN.match(name).isEmpty()) {
            return Optional.empty();
        }
        Optional<Job> found = JobName.PATTERN
                .match(name)
                .filter(ids -> ids.getFirst().equals(tenant))
                .flatMap(ids -> jobs.find(new JobName(ids.getFirst(), ids.getLast())));
        if (found.isEmpty()) {
            violations.add(FIELD, name, "a job of tenants/" + tenant);
            return Optional.empty();
        }
        Job before = found.get();
        if (!before.state().isTerminal() || before.modelVersion().isPresent()) {
            violations.add(
                    FIELD,
                    name + ": " + before.state()
                            + before.modelVersion()
                                    .map(version -> " with " + version)
                                    .orElse(""),
                    "a job that has ended without a version");
            return Optional.empty();
        }
        if (before.checkpoint().isEmpty()) {
            violations.add(FIELD, name + ": no checkpoint", "a job that has kept one");
            return Optional.empty();
        }
        Faults faults = Faults.ofSpec();
        ResumeRules.check(spec, before.spec(), before.checkpoint().get().epoch(), faults);
        faults.found().forEach(fault -> violations.add(SPEC + fault.path(), fault.offending(), fault.expected()));
        return before.checkpoint().map(JobCheckpoint::forAnotherJob);
    }
}
