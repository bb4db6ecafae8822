package io.modelmill.inference.pipeline;

import io.modelmill.inference.batching.InferenceListener;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.inference.batching.Ticket;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/**
 * A version's way from text to answer: {@value #TEXT}, BYTES [-1], is tokenized on threads of the pipelines, runs through the
 * graph in batches with other requests, and is pooled to {@value #EMBEDDING}, FP32 [-1, width], or answered as the graph
 * answers it.
 */
public final class TextPipeline {
    /** The input. */
    public static final String TEXT = "text";
    /** The output. */
    public static final String EMBEDDING = "embedding";

    /** Texts of one request; its answer must fit a message. */
    static final int MOST_TEXTS = 16_384;

    private static final int SMALLEST_BUCKET = 16;
    private static final int TOKEN_AXIS = 1;

    private final ServingSpec.Pipeline spec;
    private final Signature graph;
    private final TextTokenizer tokenizer;
    private final Executor threads;
    /** What callers are answered. */
    private final TensorSpec answer;

    TextPipeline(ServingSpec.Pipeline spec, Signature graph, TextTokenizer tokenizer, Executor threads) {
        this.spec = spec;
        this.graph = graph;
        this.tokenizer = tokenizer;
        this.threads = threads;
        TensorSpec output = graph.output(spec.output()).orElseThrow();
        this.answer = spec.pooling() == ServingSpec.Pooling.NONE
                ? output
                : new TensorSpec(
                        EMBEDDING, Datatype.FP32, List.of(-1L, output.shape().getLast()));
    }

    /** Inputs and outputs as callers of the pipeline see them. */
    public Signature signature() {
        return new Signature(List.of(new TensorSpec(TEXT, Datatype.BYTES, List.of(-1L))), List.of(answer));
    }

    /** Whether a request with inputs of these names is meant for the pipeline, and not for the graph itself. */
    public boolean takes(List<String> inputs) {
        return inputs.contains(TEXT) && graph.input(TEXT).isEmpty();
    }

    /**
     * Answers the texts of the request.
     *
     * @param request that fits {@link #signature}
     * @param runs submits a request to the graph
     * @return cancels all that is left to do; the listener hears after nothing of it runs any more
     * @throws io.modelmill.servicekit.error.ServiceException if there are too many texts, or RESOURCE_EXHAUSTED if too many
     *     requests wait to be tokenized
     */
    public Ticket submit(
            InferenceRequest request,
            InferenceListener listener,
            BiFunction<InferenceRequest, InferenceListener, Ticket> runs) {
        if (!(request.inputs().getFirst().content() instanceof TensorContent.Texts texts)) {
            throw new IllegalArgumentException(TEXT + ": no texts");
        }
        int count = texts.values().size();
        if (count > MOST_TEXTS) {
            throw Violations.of(TEXT, count + " texts", "at most " + MOST_TEXTS);
        }
        TextJob job = new TextJob(this, request, texts.values(), listener, runs);
        threads.execute(job::begin);
        return job;
    }

    ServingSpec.Pipeline spec() {
        return spec;
    }

    Signature graph() {
        return graph;
    }

    TextTokenizer tokenizer() {
        return tokenizer;
    }

    TextAnswers answers(int texts) {
        if (spec.pooling() == ServingSpec.Pooling.NONE) {
            return new OwnOutput(answer, texts);
        }
        return new Embeddings(
                spec, texts, Math.toIntExact(Math.max(0, answer.shape().getLast())));
    }

    /**
     * Names what keeps the graph from being run by the pipeline.
     *
     * @throws IllegalArgumentException with every mistake
     */
    static void requireFits(ServingSpec.Pipeline spec, Signature graph) {
        List<String> wrong = new ArrayList<>();
        for (TensorSpec input : graph.inputs()) {
            boolean known = TokenBatch.INPUTS.contains(input.name());
            boolean whole = input.datatype() == Datatype.INT64 || input.datatype() == Datatype.INT32;
            if (!known || !whole || input.shape().size() != 2) {
                wrong.add("input \"" + input.name() + "\" of the graph: " + input.datatype() + " " + input.shape()
                        + " (expected: INT64 or INT32 [-1, -1], one of " + TokenBatch.INPUTS + ")");
            }
        }
        if (graph.input(TokenBatch.IDS).isEmpty()) {
            wrong.add(
                    "inputs of the graph: " + names(graph.inputs()) + " (expected: " + TokenBatch.IDS + " among them)");
        }
        TensorSpec output = graph.output(spec.output()).orElse(null);
        if (output == null) {
            wrong.add("pipeline.output: \"" + spec.output() + "\" (expected: one of the graph's outputs "
                    + names(graph.outputs()) + ")");
        } else {
            expected(spec, output)
                    .ifPresent(expected -> wrong.add("pipeline.output: \"" + spec.output() + "\" is "
                            + output.datatype() + " " + output.shape() + " (expected: " + expected + ")"));
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("serving.json: " + String.join("; ", wrong));
        }
    }

    /** What the output should be, unless it is that. */
    private static Optional<String> expected(ServingSpec.Pipeline spec, TensorSpec output) {
        List<Long> shape = output.shape();
        if (spec.pooling() != ServingSpec.Pooling.NONE) {
            boolean pooled = output.datatype() == Datatype.FP32 && shape.size() == 3;
            return pooled ? Optional.empty() : Optional.of("FP32 [rows, tokens, width]");
        }
        boolean whole = output.datatype().elementBytes() > 0
                && !shape.isEmpty()
                && shape.getFirst() < 0
                && shape.stream().skip(1).allMatch(axis -> axis >= 0);
        return whole ? Optional.empty() : Optional.of("numbers [-1, ...] with all other axes known, for pooling NONE");
    }

    private static List<String> names(List<TensorSpec> specs) {
        return specs.stream().map(TensorSpec::name).toList();
    }

    /**
     * The same, with texts of different length sharing batches where a version with a pipeline does not say how: in buckets
     * that double.
     */
    public static ServingSpec padded(ServingSpec served, Signature graph) {
        if (served.pipeline().isEmpty() || served.padding().isPresent()) {
            return served;
        }
        return new ServingSpec(
                served.batching(),
                served.pipeline().map(pipeline -> padding(pipeline, graph)),
                served.pipeline(),
                served.instances(),
                served.memoryHintBytes(),
                served.device());
    }

    private static ServingSpec.Padding padding(ServingSpec.Pipeline spec, Signature graph) {
        List<Integer> buckets = new ArrayList<>();
        for (int bucket = SMALLEST_BUCKET; bucket < spec.maxTokens(); bucket *= 2) {
            buckets.add(bucket);
        }
        buckets.add(spec.maxTokens());
        Map<String, Double> inputs = new HashMap<>();
        names(graph.inputs()).forEach(name -> inputs.put(name, 0.0));
        return new ServingSpec.Padding(
                TOKEN_AXIS,
                buckets,
                inputs,
                graph.outputs().stream()
                        .filter(output -> output.shape().size() > TOKEN_AXIS
                                && output.shape().get(TOKEN_AXIS) < 0)
                        .map(TensorSpec::name)
                        .toList());
    }
}
