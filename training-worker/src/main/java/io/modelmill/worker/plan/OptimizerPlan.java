package io.modelmill.worker.plan;

/**
 * How the loss is minimised.
 *
 * @param type name in the catalogue of optimisers
 * @param learningRate step size, above 0
 * @param momentum from 0 and below 1; only sgd reads it
 * @param weightDecay from 0
 */
public record OptimizerPlan(String type, double learningRate, double momentum, double weightDecay) {}
