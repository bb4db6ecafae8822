package io.modelmill.registry.serving;

/**
 * How replicas serve a model; 0 and the empty text are the replica's default.
 *
 * @param device {@code cpu}, {@code cuda} or empty
 * @param instances sessions per replica
 * @param maxBatchSize most rows of one run
 * @param memoryHintBytes expected memory of one loaded version
 */
public record ServingSpec(String device, int instances, int maxBatchSize, long memoryHintBytes) {
    /** All as the replica has it. */
    public static final ServingSpec DEFAULT = new ServingSpec("", 0, 0, 0);
}
