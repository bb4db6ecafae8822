package io.modelmill.inference.batching;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait, and who of them is next. Tenants share the run threads by weighted virtual time: the one whose clock
 * is earliest is next, and its clock advances by what its rows cost. A tenant that comes back from idleness begins where
 * the others are: what it did not use it has not saved. Guarded by the scheduler's lock; time is told, never asked.
 */
final class WaitingRequests {
    /** Tenants that are remembered at least; beyond it those without work and without debt are forgotten. */
    private static final int REMEMBERED_TENANTS = 1024;

    /** Keeps a batch's inputs within what direct memory can take, whatever its rows. */
    private static final long MOST_BATCH_BYTES = 256L << 20;

    /**
     * How much longer than expected runs are taken to last: half of what is let in at the very edge would be late, and its
     * runs lost to those who were in time.
     */
    private static final double LATENESS = 1.2;

    /**
     * The same for what waits before a request. A queue of a second is let in at the pace of one moment and runs at that of
     * the next, which compilers and neighbours may slow down by a third; a shorter queue feeds the runs as well.
     */
    private static final double QUEUE_LATENESS = 1.5;

    private final int capacity;
    private final long rowCapacity;
    private final Map<String, Double> weights;
    private final Map<String, TenantQueue> tenants = new HashMap<>();
    /** Tenants with waiting requests. */
    private final List<TenantQueue> waitingTenants = new ArrayList<>();

    private double clock;
    /** Of all tenants with waiting or running requests. */
    private double activeWeight;

    private long sequence;
    private int waiting;
    private long waitingRows;

    /**
     * @param capacity requests that may wait
     * @param rowCapacity rows that may wait, unless they are one request's
     * @param weights of tenants' shares; 1 if they are not named
     */
    WaitingRequests(int capacity, long rowCapacity, Map<String, Double> weights) {
        this.capacity = capacity;
        this.rowCapacity = rowCapacity;
        this.weights = weights;
    }

    int size() {
        return waiting;
    }

    /** Whether there is no room for one more like this. */
    boolean isFullFor(QueuedRequest request) {
        return waiting >= capacity || waiting > 0 && waitingRows + request.rows > rowCapacity;
    }

    /**
     * Whom a request may push out of the full queue: the last of the tenant that holds the most of it for its weight, or
     * one of lower priority of its own tenant. Null if the request itself is the one too many.
     */
    @Nullable
    QueuedRequest victimFor(QueuedRequest request) {
        boolean byRows = waiting < capacity;
        TenantQueue own = tenant(request.request.tenant());
        TenantQueue heaviest = own;
        double most = held(own, byRows) + (byRows ? request.rows : 1) / own.weight;
        for (TenantQueue tenant : waitingTenants) {
            if (tenant != own && held(tenant, byRows) > most) {
                heaviest = tenant;
                most = held(tenant, byRows);
            }
        }
        QueuedRequest last = heaviest.last();
        return heaviest != own || last != null && request.priority < last.priority ? last : null;
    }

    private static double held(TenantQueue tenant, boolean byRows) {
        return (byRows ? tenant.waitingRows : tenant.waiting) / tenant.weight;
    }

    /**
     * Time in nanoseconds from now in which a new request's answer can be expected with confidence. A model of which nothing waits is let in without
     * regard to its own run, so that a stray measure is replaced by a newer one.
     *
     * @param busyNanos until a run thread is expected to be free
     */
    double expectedNanos(QueuedRequest request, int threads, double busyNanos) {
        TenantQueue tenant = tenant(request.request.tenant());
        if (tenant.waiting == 0) {
            return 0;
        }
        double share = tenant.weight / activeWeight;
        int parallel = Math.min(threads, request.batcher.concurrency());
        double turn = QUEUE_LATENESS * tenant.nanosBefore(request.priority) / (share * parallel);
        ShapeGroup group = request.batcher.group(request);
        if (group.isEmpty()) {
            return turn + LATENESS * busyNanos;
        }
        long most = Math.max(request.rows, request.batcher.limits().maxRows());
        double run = request.batcher.costs.run((int) Math.min(most, group.rows() + request.rows));
        return turn + LATENESS * (busyNanos + run);
    }

    /** Takes a new request. */
    ShapeGroup add(QueuedRequest request, long now) {
        TenantQueue tenant = tenant(request.request.tenant());
        if (tenant.isIdle()) {
            lift(tenant);
            activeWeight += tenant.weight;
        }
        if (tenant.waiting == 0) {
            waitingTenants.add(tenant);
        }
        request.sequence = sequence++;
        request.tenant = tenant;
        ShapeGroup group = request.batcher.group(request);
        group.add(request, tenant, now);
        tenant.waiting++;
        tenant.waitingRows += request.rows;
        waiting++;
        waitingRows += request.rows;
        return group;
    }

    /** A tenant comes back from idleness: it begins where the others are. */
    void lift(TenantQueue tenant) {
        tenant.clock = Math.max(tenant.clock, clock);
    }

    /** A waiting request has no more to wait for. */
    void remove(QueuedRequest request) {
        TenantQueue tenant = unlink(request);
        if (tenant.isIdle()) {
            activeWeight -= tenant.weight;
        }
        request.state = QueuedRequest.State.ENDED;
    }

    /** The tenant who is next on this run thread; null if nobody has work for it now. */
    @Nullable
    TenantQueue fairest(int thread, long now) {
        TenantQueue best = null;
        for (int index = 0; index < waitingTenants.size(); index++) {
            TenantQueue tenant = waitingTenants.get(index);
            if ((best == null || tenant.clock < best.clock) && tenant.next(thread, now) != null) {
                best = tenant;
            }
        }
        return best;
    }

    /** Nanoseconds until work that waits for more rows may run on this thread; {@link Long#MAX_VALUE} if none does. */
    long nanosToWait(int thread, long now) {
        long shortest = Long.MAX_VALUE;
        for (TenantQueue tenant : waitingTenants) {
            for (Lane lane : tenant.lanes) {
                if (thread < lane.group.batcher.concurrency()) {
                    shortest = Math.min(shortest, lane.group.nanosToWait(now));
                }
            }
        }
        return shortest;
    }

    /**
     * The tenant's next request with all that fits with it, its own first, then the other tenants' by their clocks.
     *
     * @param tenant the fairest
     * @param expired gets requests whose deadline has passed; they have left
     * @return null if all that came up were expired
     */
    @Nullable
    Batch take(TenantQueue tenant, int thread, long now, List<QueuedRequest> expired) {
        Lane lane = Objects.requireNonNull(tenant.next(thread, now));
        ShapeGroup group = lane.group;
        List<QueuedRequest> chosen = new ArrayList<>();
        BatchLimits limits = group.batcher.limits();
        // Without batching, or if the first is too large, one is all.
        int most = limits.rowsOf(group.rows());
        clock = Math.max(clock, tenant.clock);
        int rows = fill(lane, most, 0, chosen, expired, now);
        if (rows < most && !(chosen.size() == 1 && chosen.getFirst().alone) && group.lanes.size() > 1) {
            List<Lane> others = new ArrayList<>(group.lanes);
            others.sort(Comparator.comparingDouble(other -> other.tenant.clock));
            for (Lane other : others) {
                if (other != lane && rows < most) {
                    rows = fill(other, most, rows, chosen, expired, now);
                }
            }
        }
        group.departed();
        if (chosen.isEmpty()) {
            return null;
        }
        return begun(new Batch(group, chosen.toArray(QueuedRequest[]::new), rows, now));
    }

    /** Moves from the lane what fits; answers the rows that are chosen then. */
    private int fill(
            Lane lane, int most, int begun, List<QueuedRequest> chosen, List<QueuedRequest> expired, long now) {
        int rows = begun;
        long bytes = 0;
        for (QueuedRequest chosenBefore : chosen) {
            bytes += chosenBefore.bytes;
        }
        QueuedRequest request = lane.isEmpty() ? null : lane.first();
        while (request != null && (rows < most || chosen.isEmpty())) {
            QueuedRequest next = request.next;
            if (request.isExpired(now) || next != null && isHopeless(request, now)) {
                remove(request);
                expired.add(request);
            } else if (chosen.isEmpty()) {
                leave(request, chosen);
                rows = request.rows;
                bytes = request.bytes;
                if (request.alone) {
                    return rows;
                }
            } else if (!request.alone && rows + request.rows <= most && bytes + request.bytes <= MOST_BATCH_BYTES) {
                leave(request, chosen);
                rows += request.rows;
                bytes += request.bytes;
            }
            request = next;
        }
        return rows;
    }

    /**
     * Whether even a run that began now would come too late. The last in its lane runs all the same: a measure that is wrong
     * is only put right by a run.
     */
    private static boolean isHopeless(QueuedRequest request, long now) {
        return request.hasDeadline() && request.request.deadlineNanos() - now < request.batcher.costs.run(request.rows);
    }

    private void leave(QueuedRequest request, List<QueuedRequest> chosen) {
        TenantQueue tenant = unlink(request);
        tenant.running++;
        request.state = QueuedRequest.State.RUNNING;
        chosen.add(request);
    }

    /** Charges what the run is expected to cost, so that the next thread sees it. */
    private Batch begun(Batch batch) {
        batch.charged = batch.batcher.costs.run(batch.rows);
        charge(batch, batch.charged);
        return batch;
    }

    /** A batch has ended: puts right what was charged for it. */
    void ended(Batch batch, long nanos) {
        charge(batch, nanos - batch.charged);
        if (batch.succeeded) {
            batch.batcher.costs.measured(batch.rows, nanos);
        }
        for (QueuedRequest request : batch.requests) {
            TenantQueue tenant = Objects.requireNonNull(request.tenant);
            tenant.running--;
            if (tenant.isIdle()) {
                activeWeight -= tenant.weight;
            }
        }
    }

    private static void charge(Batch batch, double nanos) {
        for (QueuedRequest request : batch.requests) {
            Objects.requireNonNull(request.tenant).charge(nanos * request.rows / batch.rows);
        }
    }

    /** Ends all that wait. */
    List<QueuedRequest> removeAll() {
        List<QueuedRequest> removed = new ArrayList<>(waiting);
        while (!waitingTenants.isEmpty()) {
            QueuedRequest request =
                    Objects.requireNonNull(waitingTenants.getLast().last());
            remove(request);
            removed.add(request);
        }
        return removed;
    }

    private TenantQueue unlink(QueuedRequest request) {
        Lane lane = Objects.requireNonNull(request.lane);
        lane.group.remove(request, lane);
        TenantQueue tenant = lane.tenant;
        tenant.waiting--;
        tenant.waitingRows -= request.rows;
        if (tenant.waiting == 0) {
            waitingTenants.remove(tenant);
        }
        waiting--;
        waitingRows -= request.rows;
        return tenant;
    }

    /** The tenant's queue, which its requests and the replica's own work are charged to. */
    TenantQueue tenant(String name) {
        TenantQueue known = tenants.get(name);
        if (known != null) {
            return known;
        }
        if (tenants.size() >= REMEMBERED_TENANTS) {
            tenants.values().removeIf(tenant -> tenant.isIdle() && tenant.clock <= clock);
        }
        TenantQueue tenant = new TenantQueue(name, weights.getOrDefault(name, 1.0));
        tenants.put(name, tenant);
        return tenant;
    }
}
