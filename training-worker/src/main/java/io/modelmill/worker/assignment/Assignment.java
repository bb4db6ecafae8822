package io.modelmill.worker.assignment;

import io.modelmill.worker.plan.TrainingPlan;

/**
 * What to train, and on which bytes.
 *
 * @param dataset resource name of the data-set version, for messages
 * @param datasetSha256 64 lower-case hexadecimal digits
 */
public record Assignment(TrainingPlan plan, String dataset, String datasetSha256) {}
