package io.modelmill.training.resource;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.trainingspec.job.Estimate;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The classes that are offered, smallest first. */
@ApplicationScoped
public class ResourceClasses {
    private static final Comparator<ResourceClass> BY_SIZE = Comparator.<ResourceClass>comparingInt(
                    one -> one.resources().gpus())
            .thenComparingLong(one -> one.resources().memoryBytes())
            .thenComparingInt(one -> one.resources().cores());

    private final List<ResourceClass> offered;

    /**
     * Reads the classes.
     *
     * @throws IllegalStateException if they cannot be offered; names every fault
     */
    public ResourceClasses(ResourceConfig config) {
        List<String> faults = new ArrayList<>();
        List<ResourceClass> found = new ArrayList<>();
        if (config.offered().isEmpty()) {
            faults.add("modelmill.resources.offered: none (expected: at least one class)");
        }
        for (String name : config.offered()) {
            String property = "modelmill.resources.class." + name;
            ResourceConfig.Size size = config.classes().get(name);
            if (size == null) {
                faults.add(property + ": not set (expected: cores and memory, for it is offered)");
                continue;
            }
            Resources resources = new Resources(size.cores(), size.memory().asLongValue(), size.gpus());
            atLeast(1, resources.cores(), property + ".cores", faults);
            atLeast(1, resources.memoryBytes(), property + ".memory", faults);
            atLeast(0, resources.gpus(), property + ".gpus", faults);
            found.add(new ResourceClass(name, resources));
        }
        if (!faults.isEmpty()) {
            throw new IllegalStateException(String.join("; ", faults));
        }
        found.sort(BY_SIZE);
        this.offered = List.copyOf(found);
    }

    private static void atLeast(long least, long value, String property, List<String> faults) {
        if (value < least) {
            faults.add(property + ": " + value + " (expected: >= " + least + ")");
        }
    }

    /** Smallest first, those without a GPU before those with. */
    public List<ResourceClass> offered() {
        return offered;
    }

    /** The smallest class with more memory than another, and as many GPUs. */
    public Optional<ResourceClass> bigger(ResourceClass than) {
        return offered.stream()
                .filter(one -> one.resources().memoryBytes() > than.resources().memoryBytes())
                .filter(one -> one.resources().gpus() == than.resources().gpus())
                .findFirst();
    }

    /** What every worker uses at least. */
    public Resources smallest() {
        return offered.stream()
                .map(ResourceClass::resources)
                .reduce((one, other) -> new Resources(
                        Math.min(one.cores(), other.cores()),
                        Math.min(one.memoryBytes(), other.memoryBytes()),
                        Math.min(one.gpus(), other.gpus())))
                .orElse(Resources.NONE);
    }

    /** Notes a wish for a class that is not offered; empty is no wish. */
    public void check(String wish, String path, Violations violations) {
        violations.check(
                wish.isEmpty() || isOffered(wish),
                path,
                wish,
                "one of " + offered.stream().map(ResourceClass::name).collect(Collectors.joining(", ")));
    }

    /** Most memory of a worker of the class that is wished for, or of any without a wish that can be met. */
    public long mostMemory(String wish) {
        String known = isOffered(wish) ? wish : "";
        return candidates(known)
                .mapToLong(one -> one.resources().memoryBytes())
                .max()
                .orElse(0);
    }

    /**
     * The class that is wished for, or without a wish the smallest that holds what the job was reckoned to need; those with
     * a GPU come last, for they are what others wait for.
     *
     * @param estimate at most {@link #mostMemory}
     */
    public ResourceClass choose(String wish, Optional<Estimate> estimate) {
        long needed = estimate.map(Estimate::memoryBytes).orElse(0L);
        return candidates(wish)
                .filter(one -> one.resources().memoryBytes() >= needed)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no class \"" + wish + "\" of " + needed + " bytes"));
    }

    private boolean isOffered(String name) {
        return offered.stream().anyMatch(one -> one.name().equals(name));
    }

    private Stream<ResourceClass> candidates(String wish) {
        return offered.stream().filter(one -> wish.isEmpty() || one.name().equals(wish));
    }
}
