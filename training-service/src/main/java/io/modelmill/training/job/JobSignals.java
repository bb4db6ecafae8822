package io.modelmill.training.job;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Wakes who waits for a change of a job, within this process. A hint alone: truth is in the database, and who waits looks
 * there now and then anyway.
 */
@ApplicationScoped
public class JobSignals {
    private final Map<JobName, Set<Subscription>> subscriptions = new ConcurrentHashMap<>();
    private final List<Runnable> ofEvents = new CopyOnWriteArrayList<>();
    private final List<Consumer<JobState>> ofTransitions = new CopyOnWriteArrayList<>();

    /** Runs after each committed event of any job; must be quick and must not throw. */
    public void onEvent(Runnable listener) {
        ofEvents.add(listener);
    }

    /** Is told the new state after each committed change of any job's; must be quick and must not throw. */
    public void onTransition(Consumer<JobState> listener) {
        ofTransitions.add(listener);
    }

    /** Says that an event of the job was committed that left its state as it was. */
    void progressed(JobName job) {
        subscriptions.getOrDefault(job, Set.of()).forEach(Subscription::wake);
        ofEvents.forEach(Runnable::run);
    }

    /** Says that a change of the job's state was committed. */
    void changed(JobName job, JobState to) {
        progressed(job);
        ofTransitions.forEach(listener -> listener.accept(to));
    }

    /** Says that events of jobs were committed that changed none. */
    void told() {
        ofEvents.forEach(Runnable::run);
    }

    /** Wakes all who wait for a change of any job. */
    void wakeAll() {
        subscriptions.values().forEach(all -> all.forEach(Subscription::wake));
    }

    /** Waits for changes of one job until it is closed. */
    Subscription subscribe(JobName job) {
        Subscription subscription = new Subscription(job);
        subscriptions.compute(job, (name, others) -> {
            Set<Subscription> all = others == null ? ConcurrentHashMap.newKeySet() : others;
            all.add(subscription);
            return all;
        });
        return subscription;
    }

    /** How many wait for changes of the job. */
    int watchers(JobName job) {
        return subscriptions.getOrDefault(job, Set.of()).size();
    }

    /** One who waits. */
    final class Subscription implements AutoCloseable {
        private final JobName job;
        private final Semaphore permits = new Semaphore(0);

        private Subscription(JobName job) {
            this.job = job;
        }

        void wake() {
            permits.release();
        }

        /** Returns after a wake since the last return, or after the time. Answers whether there was a wake. */
        boolean await(Duration atMost) throws InterruptedException {
            boolean woken = permits.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS);
            permits.drainPermits();
            return woken;
        }

        @Override
        public void close() {
            subscriptions.computeIfPresent(job, (name, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }
}
