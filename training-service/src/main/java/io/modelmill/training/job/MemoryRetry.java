package io.modelmill.training.job;

import io.modelmill.training.resource.ResourceClass;
import io.modelmill.training.resource.ResourceClasses;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/**
 * What follows when a worker's memory does not suffice: the job is tried once more in the next class with more memory, unless
 * its owner named the class, and what a class costs with it.
 */
@ApplicationScoped
class MemoryRetry {
    private final ResourceClasses classes;

    MemoryRetry(ResourceClasses classes) {
        this.classes = classes;
    }

    /** The class to try once more, if there is one. */
    Optional<ResourceClass> bigger(Job job) {
        return job.scheduling().classNamed() || job.classBefore().isPresent()
                ? Optional.empty()
                : classes.bigger(job.resourceClass());
    }

    /** What happened with the classes that were tried, for the owner. */
    Happening.OutOfMemory explained(Job job, Happening.OutOfMemory happened, Optional<ResourceClass> bigger) {
        String tried = "out of memory in class %s (%d bytes)"
                .formatted(
                        job.resourceClass().name(),
                        job.resourceClass().resources().memoryBytes());
        String next = bigger.map(more -> ", is tried in class " + more.name())
                .or(() -> job.classBefore().map(before -> ", and before in class " + before))
                .orElse(job.scheduling().classNamed() ? ", which the job names" : ", and no class has more");
        return new Happening.OutOfMemory(tried + next + ": " + happened.reason());
    }
}
