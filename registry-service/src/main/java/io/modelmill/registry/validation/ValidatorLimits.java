package io.modelmill.registry.validation;

import java.time.Duration;

/**
 * Bounds of validators.
 *
 * @param timeout for one version
 * @param heapBytes Java heap of a process
 * @param memoryBytes most resident memory of a process, heap and model together
 * @param versions how many versions a process looks at before another takes its place
 * @param idle how long a process waits for the next version before it ends
 */
record ValidatorLimits(Duration timeout, long heapBytes, long memoryBytes, int versions, Duration idle) {}
