package io.modelmill.inference.batching;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Termination;
import io.modelmill.servicekit.error.ServiceException;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Requests that run together. A caller that goes away during the run is told at its end, for until then its inputs may be
 * read; when all have gone the run is ended early.
 */
final class Batch {
    private static final Logger LOG = Logger.getLogger(Batch.class);

    final ShapeGroup group;
    final Batcher batcher;
    final QueuedRequest[] requests;
    final int rows;
    /** Length to which its inputs are padded; 0 if they are not. */
    final int length;

    private final Termination termination = new Termination();
    private final long begin;

    /** Nanoseconds that its tenants were charged when it began; guarded by the scheduler's lock. */
    double charged;
    /** Whether its time says something of the model; set by the run thread, read by it. */
    boolean succeeded;
    /** Callers that have gone; guarded by the scheduler's lock. */
    private int abandoned;

    Batch(ShapeGroup group, QueuedRequest[] requests, int rows, long begin) {
        this.group = group;
        this.batcher = group.batcher;
        this.requests = requests;
        this.rows = rows;
        this.begin = begin;
        this.length = length(requests);
        for (QueuedRequest request : requests) {
            request.batch = this;
        }
    }

    /** Requests of the same length need no padding. */
    private static int length(QueuedRequest[] requests) {
        for (QueuedRequest request : requests) {
            if (request.length != requests[0].length) {
                return request.paddedLength;
            }
        }
        return 0;
    }

    /** One more caller has gone; answers whether it was the last. */
    boolean abandonOne() {
        return ++abandoned == requests.length;
    }

    /** All callers that wait for it are refused at its end; answers whether that is all whom it has. */
    boolean abandonAll(RuntimeException why) {
        boolean deserted = false;
        for (QueuedRequest request : requests) {
            if (request.state == QueuedRequest.State.RUNNING && request.abandoned == null) {
                request.abandoned = why;
                deserted = abandonOne();
            }
        }
        return deserted;
    }

    /** Ends the run early. */
    void terminate() {
        termination.request();
    }

    /** Runs on the calling run thread and answers each request. Never throws. */
    void run(int thread) {
        if (requests.length == 1) {
            runAlone(requests[0], thread);
            return;
        }
        int told = 0;
        try (RunResult result =
                batcher.runner().run(thread, BatchInputs.of(this), requests[0].request.outputs(), termination)) {
            if (BatchOutputs.fit(this, result.outputs())) {
                int at = 0;
                long scattering = System.nanoTime();
                while (told < requests.length) {
                    QueuedRequest request = requests[told];
                    List<OutputTensor> outputs = BatchOutputs.slice(this, request, result.outputs(), at);
                    at += request.rows;
                    told++;
                    answer(request, outputs, result, rows);
                }
                ran(requests, rows, result, scattering);
                return;
            }
            batcher.stopBatching();
        } catch (Throwable failure) {
            if (!mayBeOneCallersFault(failure)) {
                failFrom(told, failure);
                return;
            }
        }
        // One caller's inputs must not spoil the others' answers.
        for (; told < requests.length; told++) {
            runAlone(requests[told], thread);
        }
    }

    private void runAlone(QueuedRequest request, int thread) {
        boolean told = false;
        RuntimeException gone = request.abandoned;
        if (gone != null || request.isExpired(System.nanoTime())) {
            fail(request, gone != null ? gone : Refusals.expired());
            return;
        }
        try (RunResult result =
                batcher.runner().run(thread, BatchInputs.of(request), request.request.outputs(), termination)) {
            long scattering = System.nanoTime();
            told = true;
            answer(request, result.outputs(), result, request.rows);
            ran(new QueuedRequest[] {request}, request.rows, result, scattering);
        } catch (Throwable failure) {
            if (told) {
                LOG.errorf(failure, "%s: memory of a run could not be given back", batcher.name());
            } else {
                fail(request, failure);
            }
        }
    }

    /** A run of these inputs alone may succeed. */
    private boolean mayBeOneCallersFault(Throwable failure) {
        return failure instanceof ServiceException && !termination.isRequested();
    }

    private void ran(QueuedRequest[] answered, int ranRows, RunResult result, long scattering) {
        succeeded = true;
        long scatter = System.nanoTime() - scattering;
        batcher.statistics().ran(answered.length, ranRows, result.gatherNanos(), result.computeNanos(), scatter);
        batcher.tracing().ran(batcher.name(), answered, ranRows, result, scatter);
    }

    private void answer(QueuedRequest request, List<OutputTensor> outputs, RunResult result, int ranRows) {
        RuntimeException gone = request.abandoned;
        if (gone != null) {
            fail(request, gone);
            return;
        }
        request.state = QueuedRequest.State.ENDED;
        try {
            request.answer(
                    outputs,
                    new RunTimes(begin - request.arrival, result.gatherNanos(), result.computeNanos(), ranRows));
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "%s: an answer could not be given", batcher.name());
        }
    }

    private void failFrom(int first, Throwable failure) {
        for (int index = first; index < requests.length; index++) {
            fail(requests[index], failure);
        }
    }

    private void fail(QueuedRequest request, Throwable failure) {
        RuntimeException gone = request.abandoned;
        request.state = QueuedRequest.State.ENDED;
        Throwable told = gone != null
                ? gone
                : failure instanceof OutOfMemoryError
                        ? new ServiceException(InferenceReason.MEMORY_EXHAUSTED, "too little memory for the tensors")
                        : failure;
        try {
            request.fail(told);
        } catch (RuntimeException unheard) {
            LOG.errorf(unheard, "%s: a failure could not be told", batcher.name());
        }
    }
}
