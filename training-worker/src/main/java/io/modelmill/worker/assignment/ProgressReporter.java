package io.modelmill.worker.assignment;

import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.train.TrainingListener;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Tells training-service about each epoch, in order. What it could not be told stays and goes before the next, so that a
 * restart of the service leaves no gap.
 */
public final class ProgressReporter implements TrainingListener {
    private final TrainingServiceClient service;
    private final Lease lease;
    private final int epochs;
    private final Deque<Epoch> unsent = new ArrayDeque<>();

    public ProgressReporter(TrainingServiceClient service, Lease lease, int epochs) {
        this.service = service;
        this.lease = lease;
        this.epochs = epochs;
    }

    @Override
    public void epochFinished(int epoch, Map<String, Double> metrics) {
        WorkerLog.write("epoch %d of %d: %s", epoch, epochs, metrics);
        unsent.add(new Epoch(epoch, metrics));
        flush();
    }

    @Override
    public boolean stopRequested() {
        return lease.cancelRequested();
    }

    /** Sends what is unsent, until a call fails. */
    public void flush() {
        while (!unsent.isEmpty()) {
            Epoch next = unsent.getFirst();
            if (!service.reportProgress(next.number(), epochs, next.metrics())) {
                return;
            }
            unsent.removeFirst();
        }
    }

    private record Epoch(int number, Map<String, Double> metrics) {}
}
