package io.modelmill.training.job;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.training.resource.ResourceClass;
import io.modelmill.training.resource.ResourceClasses;
import io.modelmill.training.spec.SpecValidator;
import io.modelmill.training.trace.JobTraces;
import io.modelmill.trainingspec.job.Estimate;
import io.modelmill.trainingspec.job.TrainingSpec;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Optional;

/** What tenants do with their jobs. Callers are checked before. */
@ApplicationScoped
public class TrainingJobs {
    private final SecureRandom random = new SecureRandom();
    private final PostgresJobs jobs;
    private final JobLife life;
    private final SpecValidator validator;
    private final Resumption resumption;
    private final ResourceClasses classes;
    private final Dependencies dependencies;

    TrainingJobs(
            PostgresJobs jobs,
            JobLife life,
            SpecValidator validator,
            Resumption resumption,
            ResourceClasses classes,
            Dependencies dependencies) {
        this.jobs = jobs;
        this.life = life;
        this.validator = validator;
        this.resumption = resumption;
        this.classes = classes;
        this.dependencies = dependencies;
    }

    /**
     * Makes a job, or answers with the one that the same request made before.
     *
     * @throws ServiceException INVALID_ARGUMENT with every fault, or ALREADY_EXISTS if the id is taken
     */
    public Job create(Submission submission) {
        Violations violations = new Violations();
        RequestIds.check(submission.requestId(), violations);
        if (violations.isEmpty() && !submission.requestId().isEmpty()) {
            Optional<Job> before = jobs.findRequest(submission.tenant(), submission.requestId());
            if (before.isPresent()) {
                return before.get();
            }
        }
        Checked checked = check(submission, violations);
        JobName name = checked.name();
        Optional<String> requestId = Optional.of(submission.requestId()).filter(id -> !id.isEmpty());
        return life.submit(new NewJob(
                        name,
                        requestId,
                        submission.spec(),
                        checked.estimate(),
                        checked.start(),
                        checked.resourceClass(),
                        submission.scheduling(),
                        JobTraces.current()))
                // The same request on another thread or replica was faster, or the id is taken.
                .or(() -> requestId.flatMap(id -> jobs.findRequest(submission.tenant(), id)))
                .orElseThrow(() -> exists(name));
    }

    /** Checks all that {@link #create} checks and answers the name that it would take and what it needs. */
    public Checked check(Submission submission) {
        Checked checked = check(submission, new Violations());
        if (jobs.find(checked.name()).isPresent()) {
            throw exists(checked.name());
        }
        return checked;
    }

    private Checked check(Submission submission, Violations violations) {
        String id = submission.id().isEmpty() ? "job-" + randomId() : submission.id();
        violations.check(id.matches(ResourceNamePattern.ID), "training_job_id", id, ResourceNamePattern.ID);
        submission.scheduling().check("training_job.scheduling.", violations);
        dependencies.check(submission.scheduling().after(), submission.tenant(), violations);
        classes.check(submission.resourceClass(), "training_job.scheduling.resource_class", violations);
        Optional<JobCheckpoint> start = resumption.start(submission.spec(), submission.tenant(), violations);
        Optional<Estimate> estimate = validator.require(
                submission.spec(), submission.tenant(), classes.mostMemory(submission.resourceClass()), violations);
        ResourceClass resourceClass = classes.choose(submission.resourceClass(), estimate);
        return new Checked(new JobName(submission.tenant(), id), estimate, start, resourceClass);
    }

    Job get(JobName name) {
        return jobs.find(name).orElseThrow(() -> ServiceException.notFound(name.toString()));
    }

    Page<Job> list(String tenant, PageRequest request) {
        long below = Long.MAX_VALUE;
        if (!request.after().isEmpty()) {
            try {
                below = Long.parseLong(request.after());
            } catch (NumberFormatException e) {
                throw Violations.of("page_token", request.after(), "next_page_token of an earlier answer");
            }
        }
        return request.page(jobs.list(tenant, below, request.limit()), job -> Long.toString(job.key()));
    }

    /**
     * Asks for the end of a job.
     *
     * @throws ServiceException FAILED_PRECONDITION if it is too late
     */
    public Job cancel(JobName name) {
        return life.locked(name, locked -> {
            Job job = locked.job();
            if (job.state() == JobState.CANCELLING || job.state() == JobState.CANCELLED) {
                return job;
            }
            return life.happen(locked, new Happening.CancelAsked())
                    .orElseThrow(() -> new ServiceException(
                            TrainingReason.JOB_NOT_CANCELLABLE,
                            "state: " + job.state() + " (expected: QUEUED, STARTING, RUNNING or RETRY_WAIT)"));
        });
    }

    private String randomId() {
        return String.format(Locale.ROOT, "%016x", random.nextLong());
    }

    private static ServiceException exists(JobName name) {
        return new ServiceException(CommonReason.RESOURCE_EXISTS, "exists already: \"" + name + "\"");
    }

    /**
     * A wish for a job.
     *
     * @param id last segment of its name; empty lets the service choose
     * @param requestId makes the wish idempotent; may be empty
     * @param resourceClass name of a class of workers; empty for no wish
     * @param scheduling how it takes its turn
     */
    public record Submission(
            String tenant,
            String id,
            String requestId,
            TrainingSpec spec,
            String resourceClass,
            Scheduling scheduling) {}

    /**
     * A wish that can be met.
     *
     * @param estimate what the job needs, if that can be told
     * @param start where another job left off, if it resumes one
     * @param resourceClass what its worker may use
     */
    public record Checked(
            JobName name, Optional<Estimate> estimate, Optional<JobCheckpoint> start, ResourceClass resourceClass) {}
}
