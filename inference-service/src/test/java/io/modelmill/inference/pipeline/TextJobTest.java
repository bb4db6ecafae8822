package io.modelmill.inference.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.inference.batching.InferenceListener;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.inference.batching.RunTimes;
import io.modelmill.inference.batching.Ticket;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.ServingSpec.Pooling;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.servicekit.error.ServiceException;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests on their way through a pipeline whose graph runs when the test says so. */
class TextJobTest {
    private static final Signature GRAPH = new Signature(
            List.of(
                    new TensorSpec("input_ids", Datatype.INT64, List.of(-1L, -1L)),
                    new TensorSpec("attention_mask", Datatype.INT64, List.of(-1L, -1L))),
            List.of(new TensorSpec("vectors", Datatype.FP32, List.of(-1L, -1L, 2L))));
    /** Knows the words a, b and c; nothing is put around a text. */
    private static final String TOKENIZER = """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
             "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
             "model": {"type": "WordLevel", "vocab": {"?": 1, "a": 2, "b": 3, "c": 4}, "unk_token": "?"}}""";

    /** Static, for the library stays loaded and mapped. */
    @TempDir
    static Path nativeDirectory;

    @TempDir
    Path directory;

    private final Queue<Pending> graph = new ArrayDeque<>();
    private TextTokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        TextTokenizer.prepare(nativeDirectory);
        tokenizer = TextTokenizer.open(Files.writeString(directory.resolve("tokenizer.json"), TOKENIZER), 8);
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void asksNothingOfTheNetwork() throws IOException {
        List<URI> asked = Collections.synchronizedList(new ArrayList<>());
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                asked.add(uri);
                throw new IllegalArgumentException(uri + " is asked");
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
        });
        try (TextTokenizer another = TextTokenizer.open(directory.resolve("tokenizer.json"), 8)) {
            assertThat(another.encode("a b").ids()).containsExactly(2, 3);
        } finally {
            ProxySelector.setDefault(before);
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void cutsTextsWithoutLookingAtTheirEnd() {
        assertThat(tokenizer.encode("a ".repeat(10_000_000)).ids()).hasSize(8).containsOnly(2);
        assertThat(tokenizer.encode("x".repeat(10_000_000)).ids()).containsExactly(1);
        assertThat(tokenizer.encode(" ".repeat(10_000) + "a b c").ids()).containsExactly(2, 3, 4);
        assertThat(tokenizer.encode("x".repeat(300) + " b").ids()).containsExactly(1, 3);
        assertThat(tokenizer.encode("").ids()).isEmpty();
        assertThat(tokenizer.encode("a \uD800 b").ids()).startsWith(2).endsWith(3);
    }

    @Test
    void poolsTheTokensOfEachTextAlone() {
        Heard mean = submit(Pooling.MEAN, false, "a b", "c");
        Pending run = graph.remove();
        assertThat(run.longs("input_ids")).containsExactly(2, 3, 4, 0);
        assertThat(run.longs("attention_mask")).containsExactly(1, 1, 1, 0);
        assertThat(run.request.outputs()).containsExactly("vectors");
        run.answer();
        assertThat(mean.rows()).containsExactly(List.of(2.5f, 1f), List.of(4f, 1f));

        Heard first = submit(Pooling.CLS, false, "a b", "c");
        graph.remove().answer();
        assertThat(first.rows()).containsExactly(List.of(2f, 1f), List.of(4f, 1f));

        Heard empty = submit(Pooling.MEAN, true, "", "");
        assertThat(graph.element().longs("attention_mask")).containsExactly(0, 0);
        graph.remove().answer();
        assertThat(empty.rows()).containsOnly(List.of(0f, 0f));

        Heard normalized = submit(Pooling.MEAN, true, "a b");
        graph.remove().answer();
        assertThat(normalized.rows().getFirst().get(0)).isCloseTo((float) (2.5 / Math.sqrt(7.25)), within(1e-6f));
    }

    @Test
    void runsManyTextsInBatchesAFewAtATime() {
        String[] texts = IntStream.range(0, 10_000)
                .mapToObj(index -> "a ".repeat(1 + index % 8) + "b")
                .toArray(String[]::new);

        Heard heard = submit(Pooling.CLS, false, texts);

        int batches = 0;
        while (!graph.isEmpty()) {
            assertThat(graph).hasSizeLessThanOrEqualTo(4);
            Pending run = graph.remove();
            assertThat(run.rows()).isLessThanOrEqualTo(32);
            run.answer();
            batches++;
        }
        assertThat(batches).isEqualTo(313);
        assertThat(heard.rows()).hasSize(10_000).containsOnly(List.of(2f, 1f));
    }

    @Test
    void answersNoTextsWithoutARun() {
        Heard heard = submit(Pooling.MEAN, true);

        assertThat(graph).isEmpty();
        assertThat(heard.outputs)
                .singleElement()
                .satisfies(output -> assertThat(output.shape()).containsExactly(0L, 2L));
    }

    @Test
    void tellsAFailureOnceNothingRunsAnyMore() {
        Heard heard = submit(Pooling.MEAN, true, Collections.nCopies(100, "a").toArray(String[]::new));
        assertThat(graph).hasSize(4);
        RuntimeException fault = new IllegalStateException("fault");

        graph.remove().listener.failed(fault);
        assertThat(heard.failure).isNull();
        assertThat(graph).hasSize(3).allMatch(run -> run.cancelled);
        graph.remove().answer();
        graph.remove().listener.failed(new IllegalStateException("cancelled"));
        assertThat(heard.failure).isNull();
        graph.remove().listener.failed(new IllegalStateException("cancelled"));

        assertThat(heard.failure).isSameAs(fault);
        assertThat(heard.times).isEqualTo(1);
    }

    @Test
    void failsWhereTheGraphAnswersAnotherShape() {
        Heard heard = submit(Pooling.MEAN, true, "a b", "c");

        graph.remove().answer(List.of(2L, 1L, 2L));

        assertThat(heard.failure)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("vectors: [2, 1, 2] (expected: at least 2 tokens)");
    }

    @Test
    void cancelsWhatIsLeft() {
        Heard heard = submit(Pooling.MEAN, true, Collections.nCopies(200, "a").toArray(String[]::new));

        heard.ticket().cancel();

        assertThat(graph).hasSize(4).allMatch(run -> run.cancelled);
        while (!graph.isEmpty()) {
            graph.remove().listener.failed(new ServiceException(InferenceReason.CALLER_GONE, "the caller has gone"));
        }
        assertThat(heard.failure).isInstanceOf(ServiceException.class);
        assertThat(heard.times).isEqualTo(1);
    }

    @Test
    void doesNotTokenizeForACallerThatHasGoneOrGivenUp() {
        Heard gone = new Heard();
        List<Runnable> later = new ArrayList<>();
        TextPipeline pipeline = new TextPipeline(spec(Pooling.MEAN, true), GRAPH, tokenizer, later::add);
        pipeline.submit(request(InferenceRequest.NO_DEADLINE, "a"), gone, this::run)
                .cancel();
        Heard late = new Heard();
        pipeline.submit(request(System.nanoTime() - 1, "a"), late, this::run);

        later.forEach(Runnable::run);

        assertThat(graph).isEmpty();
        assertThat(gone.failure)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.CALLER_GONE));
        assertThat(late.failure)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.DEADLINE_PASSED));
    }

    @Test
    void refusesMoreTextsThanAnAnswerHolds() {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> submit(
                        Pooling.MEAN, true, Collections.nCopies(16_385, "").toArray(String[]::new)))
                .withMessage("text: \"16385 texts\" (expected: at most 16384)");
    }

    @Test
    void namesWhatKeepsAGraphFromTakingText() {
        Signature image = new Signature(
                List.of(new TensorSpec("pixels", Datatype.FP32, List.of(-1L, 3L))),
                List.of(new TensorSpec("vectors", Datatype.FP32, List.of(-1L, 2L))));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextPipeline.requireFits(spec(Pooling.MEAN, true), image))
                .withMessage(
                        "serving.json: input \"pixels\" of the graph: FP32 [-1, 3] (expected: INT64 or INT32 [-1, -1],"
                                + " one of [input_ids, attention_mask, token_type_ids]); inputs of the graph: [pixels]"
                                + " (expected: input_ids among them); pipeline.output: \"vectors\" is FP32 [-1, 2] (expected:"
                                + " FP32 [rows, tokens, width])");
        TextPipeline.requireFits(spec(Pooling.MEAN, true), GRAPH);
    }

    @Test
    void padsIntoBucketsThatDoubleUnlessTold() {
        ServingSpec text = new ServingSpec(
                ServingSpec.Batching.MEASURED,
                Optional.empty(),
                Optional.of(new ServingSpec.Pipeline("tokenizer.json", 100, "vectors", Pooling.MEAN, true)),
                OptionalInt.empty(),
                OptionalLong.empty());

        assertThat(TextPipeline.padded(ServingSpec.DEFAULT, GRAPH)).isEqualTo(ServingSpec.DEFAULT);
        assertThat(TextPipeline.padded(text, GRAPH).padding())
                .contains(new ServingSpec.Padding(
                        1,
                        List.of(16, 32, 64, 100),
                        Map.of("input_ids", 0.0, "attention_mask", 0.0),
                        List.of("vectors")));
    }

    private static ServingSpec.Pipeline spec(Pooling pooling, boolean normalize) {
        return new ServingSpec.Pipeline("tokenizer.json", 8, "vectors", pooling, normalize);
    }

    private Heard submit(Pooling pooling, boolean normalize, String... texts) {
        Heard heard = new Heard();
        heard.ticket = new TextPipeline(spec(pooling, normalize), GRAPH, tokenizer, Runnable::run)
                .submit(request(InferenceRequest.NO_DEADLINE, texts), heard, this::run);
        return heard;
    }

    private static InferenceRequest request(long deadline, String... texts) {
        return new InferenceRequest(
                "acme",
                List.of(new InputTensor(
                        "text", Datatype.BYTES, List.of((long) texts.length), new TensorContent.Texts(List.of(texts)))),
                List.of("embedding"),
                0,
                deadline);
    }

    private Ticket run(InferenceRequest request, InferenceListener listener) {
        Pending pending = new Pending(request, listener);
        graph.add(pending);
        return () -> pending.cancelled = true;
    }

    /** A run that the graph owes; a token's vector is its id and 1. */
    private static final class Pending {
        private final InferenceRequest request;
        private final InferenceListener listener;
        private boolean cancelled;

        Pending(InferenceRequest request, InferenceListener listener) {
            this.request = request;
            this.listener = listener;
        }

        long rows() {
            return request.inputs().getFirst().shape().getFirst();
        }

        long[] longs(String name) {
            InputTensor input = request.inputs().stream()
                    .filter(candidate -> candidate.name().equals(name))
                    .findFirst()
                    .orElseThrow();
            TensorContent.Elements elements = (TensorContent.Elements) input.content();
            ByteBuffer bytes = ByteBuffer.allocate(elements.byteCount()).order(ByteOrder.LITTLE_ENDIAN);
            elements.writer().accept(bytes);
            assertThat(bytes.hasRemaining()).isFalse();
            LongBuffer values = bytes.flip().asLongBuffer();
            long[] longs = new long[values.remaining()];
            values.get(longs);
            return longs;
        }

        void answer() {
            List<Long> shape = new ArrayList<>(request.inputs().getFirst().shape());
            shape.add(2L);
            answer(shape);
        }

        void answer(List<Long> shape) {
            ByteBuffer bytes = ByteBuffer.allocate(
                            shape.stream().mapToInt(Long::intValue).reduce(Float.BYTES, Math::multiplyExact))
                    .order(ByteOrder.LITTLE_ENDIAN);
            FloatBuffer vectors = bytes.asFloatBuffer();
            for (long id : longs("input_ids")) {
                if (vectors.hasRemaining()) {
                    vectors.put(id).put(1);
                }
            }
            listener.answered(
                    List.of(new OutputTensor.Elements("vectors", Datatype.FP32, shape, bytes)),
                    new RunTimes(1, 1, 1, (int) rows()));
        }
    }

    /** What the caller hears. */
    private static final class Heard implements InferenceListener {
        private @Nullable Ticket ticket;
        private List<OutputTensor> outputs = List.of();
        private @Nullable Throwable failure;
        private int times;

        Ticket ticket() {
            if (ticket == null) {
                throw new AssertionError("not submitted");
            }
            return ticket;
        }

        @Override
        public void answered(List<OutputTensor> answer, RunTimes runTimes) {
            outputs = answer;
            times++;
        }

        @Override
        public void failed(Throwable why) {
            failure = why;
            times++;
        }

        List<List<Float>> rows() {
            assertThat(failure).isNull();
            assertThat(times).isEqualTo(1);
            OutputTensor.Elements embedding = (OutputTensor.Elements) outputs.getFirst();
            FloatBuffer values = embedding
                    .elements()
                    .duplicate()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            List<List<Float>> rows = new ArrayList<>();
            while (values.hasRemaining()) {
                rows.add(List.of(values.get(), values.get()));
            }
            return rows;
        }
    }
}
