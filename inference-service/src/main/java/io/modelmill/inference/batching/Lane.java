package io.modelmill.inference.batching;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's waiting requests whose rows fit each other, by priority, then arrival. A linked list, for cancelled and
 * expired requests leave from its middle. Guarded by the scheduler's lock.
 */
final class Lane {
    final ShapeGroup group;
    final TenantQueue tenant;

    private @Nullable QueuedRequest first;
    private @Nullable QueuedRequest last;
    private long rows;

    Lane(ShapeGroup group, TenantQueue tenant) {
        this.group = group;
        this.tenant = tenant;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** The next one; the lane must not be empty. */
    QueuedRequest first() {
        return Objects.requireNonNull(first);
    }

    /** The lane must not be empty. */
    QueuedRequest last() {
        return Objects.requireNonNull(last);
    }

    void add(QueuedRequest request) {
        QueuedRequest before = last;
        while (before != null && request.priority < before.priority) {
            before = before.previous;
        }
        QueuedRequest after = before == null ? first : before.next;
        request.previous = before;
        request.next = after;
        if (before == null) {
            first = request;
        } else {
            before.next = request;
        }
        if (after == null) {
            last = request;
        } else {
            after.previous = request;
        }
        request.lane = this;
        rows += request.rows;
    }

    void remove(QueuedRequest request) {
        QueuedRequest before = request.previous;
        QueuedRequest after = request.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        request.previous = null;
        request.next = null;
        request.lane = null;
        rows -= request.rows;
    }

    /** Adds all that wait to the list, in their order. */
    void addTo(List<QueuedRequest> waiting) {
        for (QueuedRequest request = first; request != null; request = request.next) {
            waiting.add(request);
        }
    }

    /** Rows that run before a new request of the priority. */
    long rowsBefore(int priority) {
        if (last == null || last.priority <= priority) {
            return rows;
        }
        long before = 0;
        for (QueuedRequest request = first; request != null && request.priority <= priority; request = request.next) {
            before += request.rows;
        }
        return before;
    }
}
