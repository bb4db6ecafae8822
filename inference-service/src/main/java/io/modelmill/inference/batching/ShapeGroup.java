package io.modelmill.inference.batching;

import io.modelmill.inference.session.InputTensor;
import java.util.ArrayList;
import java.util.List;

/** Waiting requests of one version whose rows fit each other, of all tenants. Guarded by the scheduler's lock. */
final class ShapeGroup {
    /** Empty lanes are kept for their tenants' next requests, up to so many. */
    private static final int KEPT_LANES = 8;

    final Batcher batcher;
    final List<Lane> lanes = new ArrayList<>(2);

    /** Threads that were woken for it and have not come yet. */
    int wakes;

    private final List<List<Long>> shapes;
    private final List<String> outputs;
    private final int length;

    private long rows;
    private int requests;
    /** When the batch that is being gathered began to wait. */
    private long since;

    /** @param like the first of the requests */
    ShapeGroup(Batcher batcher, QueuedRequest like) {
        this.batcher = batcher;
        this.shapes = new ArrayList<>(like.inputs.size());
        for (InputTensor input : like.inputs) {
            shapes.add(input.shape());
        }
        this.outputs = like.request.outputs();
        this.length = like.paddedLength;
    }

    /** Whether the request's rows may share a run with these: all axes but the first are the same after padding. */
    boolean fits(QueuedRequest request) {
        if (request.paddedLength != length
                || request.inputs.size() != shapes.size()
                || !request.request.outputs().equals(outputs)) {
            return false;
        }
        for (int index = 0; index < shapes.size(); index++) {
            List<Long> mine = shapes.get(index);
            InputTensor input = request.inputs.get(index);
            List<Long> other = input.shape();
            if (mine.size() != other.size()) {
                return false;
            }
            int padded = batcher.paddedAxis(input.name(), request.paddedLength);
            for (int axis = 1; axis < mine.size(); axis++) {
                if (axis != padded && !mine.get(axis).equals(other.get(axis))) {
                    return false;
                }
            }
        }
        return true;
    }

    boolean isEmpty() {
        return requests == 0;
    }

    int requests() {
        return requests;
    }

    /** Waiting rows. */
    long rows() {
        return rows;
    }

    void add(QueuedRequest request, TenantQueue tenant, long now) {
        Lane lane = lane(tenant);
        if (lane.isEmpty()) {
            tenant.lanes.add(lane);
        }
        if (requests == 0) {
            since = now;
        }
        lane.add(request);
        rows += request.rows;
        requests++;
    }

    void remove(QueuedRequest request, Lane lane) {
        lane.remove(request);
        rows -= request.rows;
        requests--;
        if (lane.isEmpty()) {
            lane.tenant.lanes.remove(lane);
            if (lanes.size() > KEPT_LANES) {
                lanes.remove(lane);
            }
        }
    }

    /** All that wait. */
    List<QueuedRequest> waiting() {
        List<QueuedRequest> waiting = new ArrayList<>(requests);
        for (Lane lane : lanes) {
            lane.addTo(waiting);
        }
        return waiting;
    }

    /** A batch has left: those that stay wait for the next one from the arrival of the first of them. */
    void departed() {
        if (requests == 0 || batcher.limits().delayNanos() == 0) {
            return;
        }
        boolean found = false;
        for (Lane lane : lanes) {
            if (!lane.isEmpty() && (!found || lane.first().arrival - since < 0)) {
                since = lane.first().arrival;
                found = true;
            }
        }
    }

    /** Whether a batch may begin on this run thread. */
    boolean mayRun(int thread, long now) {
        return thread < batcher.concurrency() && nanosToWait(now) <= 0;
    }

    /** How long a batch still waits for more rows; not positive if it may begin. */
    long nanosToWait(long now) {
        BatchLimits limits = batcher.limits();
        if (limits.delayNanos() == 0 || batcher.isClosing() || limits.isFilledBy(rows)) {
            return 0;
        }
        return since + limits.delayNanos() - now;
    }

    /** Runs that the waiting requests make at least. */
    long batches() {
        int most = batcher.limits().maxRows();
        return most == 1 ? requests : Math.min(requests, (rows + most - 1) / most);
    }

    /** Expected run time of a waiting row in nanoseconds, as large as batches are now. */
    double nanosPerRow() {
        return batcher.costs.row((int) Math.min(rows, batcher.limits().maxRows()));
    }

    private Lane lane(TenantQueue tenant) {
        for (Lane lane : lanes) {
            if (lane.tenant == tenant) {
                return lane;
            }
        }
        Lane lane = new Lane(this, tenant);
        lanes.add(lane);
        return lane;
    }
}
