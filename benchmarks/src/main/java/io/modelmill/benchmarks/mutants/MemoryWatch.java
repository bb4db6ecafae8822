package io.modelmill.benchmarks.mutants;

import io.modelmill.benchmarks.machine.ProcessUsage;
import io.modelmill.fleet.process.Descendants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks every now and then at the resident memory of a service and of the processes that it started. */
final class MemoryWatch implements AutoCloseable {
    private static final long LOOK_MILLIS = 250;

    private final ProcessHandle service;
    private final Descendants validators = new Descendants();
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();
    private final List<Long> serviceBytes = new ArrayList<>();
    private final List<Long> validatorBytes = new ArrayList<>();

    MemoryWatch(ProcessHandle service) {
        this.service = service;
        looks.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        validators.look(service);
        ProcessUsage.of(service.pid()).residentBytes().ifPresent(serviceBytes::add);
        service.children()
                .flatMap(child -> ProcessUsage.of(child.pid()).residentBytes().stream())
                .forEach(validatorBytes::add);
    }

    /** Median of the service in the first fifth of the time, or in the last. */
    synchronized double serviceBytes(boolean last) {
        return median(serviceBytes, last);
    }

    /** The same of a validator. */
    synchronized double validatorBytes(boolean last) {
        return median(validatorBytes, last);
    }

    /** The most that a validator was seen to take. */
    synchronized double mostValidatorBytes() {
        return validatorBytes.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** Validators that still run. */
    synchronized int alive() {
        validators.look(service);
        return validators.alive().size();
    }

    private static double median(List<Long> all, boolean last) {
        int fifth = Math.max(1, all.size() / 5);
        if (all.isEmpty()) {
            return Double.NaN;
        }
        long[] part = (last ? all.subList(all.size() - fifth, all.size()) : all.subList(0, fifth))
                .stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(part);
        return part[part.length / 2];
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
