package io.modelmill.inference.batching;

import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.statistics.VersionStatistics;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs the requests of one loaded version on the scheduler's threads, several at a time where that is allowed. */
public final class Batcher implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Batcher.class);

    /** Shapes without waiting requests are kept for the next ones, up to so many. */
    private static final int KEPT_SHAPES = 8;

    /** Guarded by the scheduler's lock. */
    final RowCosts costs;

    private final RunScheduler scheduler;
    private final GraphRunner runner;
    private final VersionStatistics statistics;
    private final BatchTracing tracing;
    private final String name;
    /** In the order of the signature. */
    private final List<TensorSpec> inputs;
    /** Guarded by the scheduler's lock. */
    private final List<ShapeGroup> groups = new ArrayList<>(2);

    private final @Nullable Padder padder;
    private volatile BatchLimits limits;
    private volatile boolean closing;
    /** What all its requests are told from now on; guarded by the scheduler's lock. */
    private @Nullable RuntimeException refusal;

    /**
     * @param runner must stay open as long as a request is unanswered
     * @param policy what its batches may be
     * @param statistics are told of runs; requests are told to them by who submits
     * @param tracing is told of runs, too
     * @param name for logs
     */
    Batcher(
            RunScheduler scheduler,
            GraphRunner runner,
            BatchPolicy policy,
            VersionStatistics statistics,
            BatchTracing tracing,
            String name) {
        this.tracing = tracing;
        this.scheduler = scheduler;
        this.runner = runner;
        this.limits = policy.limits();
        this.costs = new RowCosts();
        policy.runNanos().forEach(costs::measured);
        this.statistics = statistics;
        this.name = name;
        this.inputs = runner.signature().inputs();
        this.padder = policy.padding()
                .map(padding -> new Padder(padding, runner.signature()))
                .orElse(null);
    }

    /**
     * Queues the request. The listener may be told of a refusal before this returns: RESOURCE_EXHAUSTED with a time to try
     * again if the queue is full or the answer would come after the deadline, UNAVAILABLE at the end of the replica.
     */
    public Ticket submit(InferenceRequest request, InferenceListener listener) {
        List<InputTensor> ordered = inOrder(request.inputs());
        long rows = rows(ordered);
        int length = padder == null || rows <= 0 ? -1 : padder.length(ordered);
        QueuedRequest queued = new QueuedRequest(
                this,
                request,
                listener,
                ordered,
                (int) Math.clamp(rows, 1, Integer.MAX_VALUE),
                rows <= 0,
                length,
                padder == null ? 0 : padder.bucket(length),
                System.nanoTime());
        scheduler.submit(queued);
        return queued;
    }

    /** What waits runs without waiting for more; so does what still comes from callers that hold the version. */
    @Override
    public void close() {
        closing = true;
        scheduler.hurry();
    }

    /**
     * The version must not answer any more: what waits or still comes is refused and never runs, and what runs is refused at
     * its end, which comes early if the graph can be told. Listeners may be told before this returns.
     */
    public void refuse(RuntimeException why) {
        scheduler.refuse(this, why);
    }

    /** Most rows of a run, and how long they wait for each other. */
    public BatchLimits limits() {
        return limits;
    }

    GraphRunner runner() {
        return runner;
    }

    int concurrency() {
        return runner.concurrency();
    }

    RunScheduler scheduler() {
        return scheduler;
    }

    BatchTracing tracing() {
        return tracing;
    }

    VersionStatistics statistics() {
        return statistics;
    }

    String name() {
        return name;
    }

    /** What all requests are told from now on. With the scheduler's lock, as the two below. */
    void refusal(RuntimeException why) {
        refusal = why;
    }

    /** Null if requests are let in. */
    @Nullable
    RuntimeException refusal() {
        return refusal;
    }

    /** All its requests that wait. */
    List<QueuedRequest> waiting() {
        return groups.stream().flatMap(group -> group.waiting().stream()).toList();
    }

    boolean isClosing() {
        return closing;
    }

    /** The graph has answered a batch with other rows than it got: it gets single requests from now on. */
    void stopBatching() {
        LOG.warnf("%s: its outputs have other rows than its inputs, so it is not batched any more", name);
        limits = BatchLimits.UNBATCHED;
    }

    /** Axis that is padded in this input; -1 for none. */
    int paddedAxis(String input, int length) {
        return length > 0 && padder != null && padder.isPadded(input) ? padder.axis() : -1;
    }

    /** What pads requests; null if nothing does. */
    @Nullable
    Padder padder() {
        return padder;
    }

    /** Where the request waits. With the scheduler's lock. */
    ShapeGroup group(QueuedRequest request) {
        for (int index = 0; index < groups.size(); index++) {
            ShapeGroup group = groups.get(index);
            if (group.fits(request)) {
                return group;
            }
        }
        if (groups.size() >= KEPT_SHAPES) {
            groups.removeIf(ShapeGroup::isEmpty);
        }
        ShapeGroup group = new ShapeGroup(this, request);
        groups.add(group);
        return group;
    }

    /** Callers name inputs in any order; requests that name them in different ones fit each other all the same. */
    private List<InputTensor> inOrder(List<InputTensor> given) {
        if (isInOrder(given)) {
            return given;
        }
        List<InputTensor> ordered = new ArrayList<>(given.size());
        for (TensorSpec spec : inputs) {
            for (InputTensor input : given) {
                if (input.name().equals(spec.name())) {
                    ordered.add(input);
                }
            }
        }
        return ordered.size() == given.size() ? ordered : given;
    }

    private boolean isInOrder(List<InputTensor> given) {
        if (given.size() != inputs.size()) {
            return false;
        }
        for (int index = 0; index < given.size(); index++) {
            if (!given.get(index).name().equals(inputs.get(index).name())) {
                return false;
            }
        }
        return true;
    }

    /** Length of the first axis of all inputs; 0 if they do not agree or do not vary in it. */
    private long rows(List<InputTensor> ordered) {
        long rows = 0;
        for (int index = 0; index < ordered.size(); index++) {
            List<Long> shape = ordered.get(index).shape();
            long first = shape.isEmpty() ? 0 : shape.getFirst();
            if (first == 0 || index > 0 && first != rows) {
                return 0;
            }
            rows = first;
        }
        return rows;
    }
}
