package io.modelmill.inference.pipeline;

import io.modelmill.inference.batching.InferenceListener;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.inference.batching.RunTimes;
import io.modelmill.inference.batching.Ticket;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.pipeline.TextTokenizer.Tokens;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.servicekit.error.ServiceException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a pipeline. Many texts run in several batches of similar length, a few at a time, so that
 * one caller's do not fill the queue. Its listener hears last: when nothing of it is tokenized, waits or runs any more.
 */
final class TextJob implements Ticket {
    private static final int BATCH_ROWS = 32;
    private static final int BATCHES_AT_A_TIME = 4;

    private final TextPipeline pipeline;
    private final InferenceRequest request;
    private final List<String> texts;
    private final InferenceListener listener;
    private final BiFunction<InferenceRequest, InferenceListener, Ticket> runs;
    private final TextAnswers answers;
    private final long submitted = System.nanoTime();

    /** Guarded by this, like all below. */
    private final Queue<TokenBatch> waiting = new ArrayDeque<>();

    private final Map<TokenBatch, Ticket> running = new HashMap<>();
    private int unanswered;
    private @Nullable Throwable failure;
    private boolean cancelled;
    private boolean told;
    private long queue;
    private long gather;
    private long compute;
    private int rows;

    TextJob(
            TextPipeline pipeline,
            InferenceRequest request,
            List<String> texts,
            InferenceListener listener,
            BiFunction<InferenceRequest, InferenceListener, Ticket> runs) {
        this.pipeline = pipeline;
        this.request = request;
        this.texts = texts;
        this.listener = listener;
        this.runs = runs;
        this.answers = pipeline.answers(texts.size());
    }

    /** Tokenizes the texts on the calling thread and submits their first batches. */
    void begin() {
        try {
            List<TokenBatch> batches = batches();
            synchronized (this) {
                waiting.addAll(batches);
                queue = System.nanoTime() - submitted;
            }
            for (int index = 0; index < BATCHES_AT_A_TIME; index++) {
                submitNext();
            }
        } catch (Throwable thrown) {
            // Whatever it was, the caller waits for an answer.
            fail(thrown);
        }
        tellIfDone();
    }

    private List<TokenBatch> batches() {
        List<Tokens> tokens = new ArrayList<>(texts.size());
        for (String text : texts) {
            requireWanted();
            tokens.add(pipeline.tokenizer().encode(text));
        }
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, tokens.size()).boxed().toList());
        if (order.size() > BATCH_ROWS) {
            order.sort(Comparator.comparingInt(row -> tokens.get(row).count()));
        }
        List<TokenBatch> batches = new ArrayList<>();
        for (int from = 0; from < order.size(); from += BATCH_ROWS) {
            List<Integer> places = order.subList(from, Math.min(from + BATCH_ROWS, order.size()));
            batches.add(new TokenBatch(places, places.stream().map(tokens::get).toList()));
        }
        return batches;
    }

    private void requireWanted() {
        synchronized (this) {
            if (cancelled) {
                throw new ServiceException(InferenceReason.CALLER_GONE, "the caller has gone");
            }
        }
        if (request.deadlineNanos() != InferenceRequest.NO_DEADLINE
                && request.deadlineNanos() - System.nanoTime() <= 0) {
            throw new ServiceException(InferenceReason.DEADLINE_PASSED, "the deadline passed before the answer");
        }
    }

    private void submitNext() {
        TokenBatch batch;
        synchronized (this) {
            batch = failure == null && !cancelled ? waiting.poll() : null;
            if (batch == null) {
                return;
            }
            unanswered++;
        }
        Ticket ticket;
        try {
            ticket = runs.apply(
                    new InferenceRequest(
                            request.tenant(),
                            batch.inputs(pipeline.graph()),
                            List.of(pipeline.spec().output()),
                            request.priority(),
                            request.deadlineNanos()),
                    new Run(batch));
        } catch (RuntimeException refused) {
            ended(batch, refused);
            return;
        }
        boolean late;
        synchronized (this) {
            running.put(batch, ticket);
            late = failure != null || cancelled;
        }
        if (late) {
            ticket.cancel();
        }
    }

    @Override
    public void cancel() {
        List<Ticket> tickets;
        synchronized (this) {
            cancelled = true;
            tickets = List.copyOf(running.values());
        }
        tickets.forEach(Ticket::cancel);
    }

    private void fail(Throwable thrown) {
        List<Ticket> tickets;
        synchronized (this) {
            failure = failure == null ? thrown : failure;
            waiting.clear();
            tickets = List.copyOf(running.values());
        }
        tickets.forEach(Ticket::cancel);
    }

    private void ended(TokenBatch batch, @Nullable Throwable thrown) {
        if (thrown != null) {
            fail(thrown);
        }
        synchronized (this) {
            running.remove(batch);
            unanswered--;
        }
        submitNext();
        tellIfDone();
    }

    private void tellIfDone() {
        Throwable why;
        RunTimes times;
        synchronized (this) {
            if (cancelled && failure == null && !waiting.isEmpty()) {
                failure = new ServiceException(InferenceReason.CALLER_GONE, "the caller has gone");
                waiting.clear();
            }
            if (told || unanswered > 0 || !waiting.isEmpty()) {
                return;
            }
            told = true;
            why = failure;
            times = new RunTimes(queue, gather, compute, rows);
        }
        if (why == null) {
            listener.answered(List.of(answers.tensor()), times);
        } else {
            listener.failed(why);
        }
    }

    /** One batch of the request. */
    private final class Run implements InferenceListener {
        private final TokenBatch batch;

        Run(TokenBatch batch) {
            this.batch = batch;
        }

        @Override
        public void answered(List<OutputTensor> outputs, RunTimes times) {
            Throwable wrong = null;
            try {
                answers.take(batch, outputs.getFirst());
            } catch (RuntimeException | OutOfMemoryError thrown) {
                wrong = thrown;
            }
            synchronized (TextJob.this) {
                queue += times.queue();
                gather += times.gather();
                compute += times.compute();
                rows = Math.max(rows, times.rows());
            }
            ended(batch, wrong);
        }

        @Override
        public void failed(Throwable thrown) {
            ended(batch, thrown);
        }
    }
}
