package io.modelmill.inference.batching;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's waiting requests and the run time that it has had. Its clock advances by the run time that it was charged,
 * divided by its weight: who has the earliest clock is next. Guarded by the scheduler's lock.
 */
final class TenantQueue {
    final String name;
    final double weight;
    /** Those of its lanes that hold a request. */
    final List<Lane> lanes = new ArrayList<>(2);

    /** Run time in nanoseconds by weight. */
    double clock;

    int waiting;
    long waitingRows;
    int running;

    TenantQueue(String name, double weight) {
        this.name = name;
        this.weight = weight;
    }

    boolean isIdle() {
        return waiting + running == 0;
    }

    void charge(double nanos) {
        clock += nanos / weight;
    }

    /** The lane whose first request is next on this run thread; null if none may run on it now. */
    @Nullable
    Lane next(int thread, long now) {
        Lane best = null;
        for (int index = 0; index < lanes.size(); index++) {
            Lane lane = lanes.get(index);
            if (lane.group.mayRun(thread, now) && (best == null || lane.first().isBefore(best.first()))) {
                best = lane;
            }
        }
        return best;
    }

    /** The request that it can do without first: the last of those of lowest priority. Null if none waits. */
    @Nullable
    QueuedRequest last() {
        QueuedRequest last = null;
        for (int index = 0; index < lanes.size(); index++) {
            QueuedRequest candidate = lanes.get(index).last();
            if (last == null || last.isBefore(candidate)) {
                last = candidate;
            }
        }
        return last;
    }

    /** Expected run time in nanoseconds of all that runs before a new request of the priority. */
    double nanosBefore(int priority) {
        double nanos = 0;
        for (int index = 0; index < lanes.size(); index++) {
            Lane lane = lanes.get(index);
            nanos += lane.rowsBefore(priority) * lane.group.nanosPerRow();
        }
        return nanos;
    }
}
