package io.modelmill.training.job;

import io.grpc.Context;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Follows the events of one job as the database has them, whatever replica writes them. */
@ApplicationScoped
public class JobWatch {
    private static final int BATCH = 100;
    /** While workers are being stopped the watchers' connections still stand. */
    private static final int FIRST = 1;

    private final PostgresJobs jobs;
    private final JobSignals signals;
    private final JobConfig config;
    private volatile boolean closing;

    JobWatch(PostgresJobs jobs, JobSignals signals, JobConfig config) {
        this.jobs = jobs;
        this.signals = signals;
        this.config = config;
    }

    void onStop(@Observes @Priority(FIRST) ShutdownEvent event) {
        close();
    }

    /** Ends all watches, so that their callers go on with another replica or with this service's next life. */
    void close() {
        closing = true;
        signals.wakeAll();
    }

    /** Opens a watch, to be woken from outside when the receiver can take more or has gone. */
    JobSignals.Subscription open(JobName name) {
        return signals.subscribe(name);
    }

    /**
     * Hands over the job's events after a sequence, in order, until the terminal one or until the call ends.
     *
     * @param ready whether the receiver can take another event now; the subscription is woken when that changes
     * @throws ServiceException NOT_FOUND if there is no such job, UNAVAILABLE if the service stops meanwhile
     */
    void follow(
            JobName name,
            long afterSequence,
            JobSignals.Subscription subscription,
            BooleanSupplier ready,
            Consumer<JobEvent> receiver)
            throws InterruptedException {
        long last = afterSequence;
        while (!Context.current().isCancelled()) {
            requireOpen();
            // The state is read before the events: if it is terminal, its event is among them.
            Job job = jobs.find(name).orElseThrow(() -> ServiceException.notFound(name.toString()));
            List<JobEvent> events;
            do {
                events = jobs.eventsAfter(job.key(), last, BATCH);
                for (JobEvent event : events) {
                    if (!awaitReady(subscription, ready)) {
                        return;
                    }
                    receiver.accept(event);
                    last = event.sequence();
                }
            } while (events.size() == BATCH);
            if (job.state().isTerminal()) {
                return;
            }
            subscription.await(config.watchInterval());
        }
    }

    private void requireOpen() {
        if (closing) {
            throw new ServiceException(
                    CommonReason.DEPENDENCY_UNAVAILABLE,
                    "training-service is stopping: watch again after the last sequence that came");
        }
    }

    /** Answers false if the receiver has gone. */
    private boolean awaitReady(JobSignals.Subscription subscription, BooleanSupplier ready)
            throws InterruptedException {
        while (!Context.current().isCancelled()) {
            requireOpen();
            if (ready.getAsBoolean()) {
                return true;
            }
            subscription.await(config.watchInterval());
        }
        return false;
    }
}
