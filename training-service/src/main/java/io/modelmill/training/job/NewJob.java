package io.modelmill.training.job;

import io.modelmill.training.resource.ResourceClass;
import io.modelmill.trainingspec.job.Estimate;
import io.modelmill.trainingspec.job.TrainingSpec;
import java.util.Optional;

/**
 * A job that was checked and is to be made.
 *
 * @param requestId of the call that wants it, if it told one
 * @param estimate what it was reckoned to need, if that could be told
 * @param checkpoint where another job left off, if this one resumes it
 * @param traceparent of the submission
 */
record NewJob(
        JobName name,
        Optional<String> requestId,
        TrainingSpec spec,
        Optional<Estimate> estimate,
        Optional<JobCheckpoint> checkpoint,
        ResourceClass resourceClass,
        Scheduling scheduling,
        Optional<String> traceparent) {}
