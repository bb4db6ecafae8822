package io.modelmill.training.resource;

/**
 * What one worker may use, or what all of a runner's may.
 *
 * @param cores processor cores
 * @param memoryBytes of all of the worker, libtorch's included
 * @param gpus whole devices
 */
public record Resources(int cores, long memoryBytes, int gpus) {
    /** Nothing. */
    public static final Resources NONE = new Resources(0, 0, 0);

    /** Both together. */
    public Resources plus(Resources other) {
        return new Resources(cores + other.cores, memoryBytes + other.memoryBytes, gpus + other.gpus);
    }

    /** What is left, of nothing less than none. */
    public Resources minus(Resources other) {
        return new Resources(
                Math.max(0, cores - other.cores),
                Math.max(0, memoryBytes - other.memoryBytes),
                Math.max(0, gpus - other.gpus));
    }
}
