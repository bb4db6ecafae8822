package io.modelmill.training.sweep;

import io.grpc.Status;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.TrainingJobs;
import io.modelmill.training.job.TrainingReason;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/** The jobs of trials, which are jobs like any other. */
@ApplicationScoped
class TrialJobs {
    private static final String JOB = "training_job.";

    private final TrainingJobs jobs;

    TrialJobs(TrainingJobs jobs) {
        this.jobs = jobs;
    }

    /**
     * Checks what the registry knows of a trial's job.
     *
     * @throws ServiceException INVALID_ARGUMENT with every fault, with paths from the sweep on, ALREADY_EXISTS if the job's
     *     id is taken, or UNAVAILABLE if the registry does not answer
     */
    void check(SweepName sweep, SweepDefinition definition, int number) {
        try {
            var _ = jobs.check(submission(sweep, "", definition, number));
        } catch (ServiceException refused) {
            List<FieldViolation> violations = refused.violations().stream()
                    .map(violation -> new FieldViolation(
                            violation.field().startsWith(JOB)
                                    ? "sweep." + violation.field().substring(JOB.length())
                                    : violation.field(),
                            violation.description()))
                    .toList();
            throw new ServiceException(
                    refused.reason(), String.valueOf(refused.getMessage()), violations, refused.retryAfter());
        }
    }

    /**
     * Makes the job of a trial, or finds it made.
     *
     * @return why there can be none; empty if there is one
     * @throws ServiceException UNAVAILABLE if a later try may help
     */
    Optional<String> begin(Sweep sweep, int number) {
        try {
            var _ = jobs.create(
                    submission(sweep.name(), "sweep-" + sweep.key() + "-" + number, sweep.definition(), number));
            return Optional.empty();
        } catch (ServiceException refused) {
            if (refused.reason().code() == Status.Code.UNAVAILABLE) {
                throw refused;
            }
            return Optional.of(String.valueOf(refused.getMessage()));
        }
    }

    /** Asks for the end of a trial's job, if it is not too late for that. */
    void cancel(JobName job) {
        try {
            var _ = jobs.cancel(job);
        } catch (ServiceException late) {
            if (late.reason() != TrainingReason.JOB_NOT_CANCELLABLE) {
                throw late;
            }
        }
    }

    private static TrainingJobs.Submission submission(
            SweepName sweep, String requestId, SweepDefinition definition, int number) {
        JobName job = sweep.job(number);
        return new TrainingJobs.Submission(
                job.tenant(),
                job.job(),
                requestId,
                definition.spec(number),
                definition.resourceClass(),
                definition.scheduling());
    }
}
