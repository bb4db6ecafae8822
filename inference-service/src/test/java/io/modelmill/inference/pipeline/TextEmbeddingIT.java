package io.modelmill.inference.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.MiniLm;
import io.modelmill.inference.fixture.ModelFolder;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.modelmill.proto.inference.DataType;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.proto.inference.ModelConfig;
import io.modelmill.proto.inference.ModelConfigRequest;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelInput;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import io.modelmill.proto.inference.ModelOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real all-MiniLM-L6-v2 from text to embedding through the packaged service. */
class TextEmbeddingIT {
    private static final int WIDTH = 384;
    /**
     * The quantised graph scales its activations by the extremes of the whole batch, padding among it, so that a text's
     * neighbours move its embedding a little: 0.97 was seen, where texts that mean the same are at 0.8 and others near 0.
     * The graph in full precision has no such effect.
     */
    private static final double SAME = 0.95;

    private static final List<String> SENTENCES = List.of(
            "The quick brown fox jumps over the lazy dog.",
            "A fast auburn fox leapt across a sleeping hound.",
            "Kafka carries facts that have happened; a command is always a call.",
            "Grüße aus Zürich, 北京 и Москва!",
            "emoji \uD83D\uDE00 beyond the first plane",
            "one");

    @TempDir
    static Path directory;

    private static StandaloneProcess service;
    private static InferenceClient client;

    @BeforeAll
    static void start() throws IOException {
        ModelFolder models = new ModelFolder(Files.createDirectory(directory.resolve("models")));
        MiniLm.put(models, "all-MiniLM-L6-v2", "{\"pipeline\": {\"maxTokens\": 128}}");
        MiniLm.put(models, "wrong-output", "{\"pipeline\": {\"output\": \"pooled\"}}");
        MiniLm.put(models, "no-tokenizer", "{\"pipeline\": {\"tokenizer\": \"other.json\"}}");
        MiniLm.put(models, "damaged-tokenizer", "{\"pipeline\": {\"tokenizer\": \"serving.json\"}}");
        service = StandaloneProcess.start(
                models.directory(),
                directory.resolve("log"),
                "-Dmodelmill.pipeline.native-directory=" + directory.resolve("native"));
        client = service.client();
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void embedsAsAnotherLibraryDoes() {
        for (String sentence : SENTENCES) {
            assertThat(MiniLm.cosine(embed(sentence).getFirst(), MiniLm.reference(sentence)))
                    .as(sentence)
                    .isGreaterThan(SAME);
        }
    }

    @Test
    void tellsOfThePipelineHowAModelIsServed() {
        ModelMetadataResponse metadata = client.stub()
                .modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName("all-MiniLM-L6-v2")
                        .build());
        ModelConfig config = client.stub()
                .modelConfig(ModelConfigRequest.newBuilder()
                        .setName("all-MiniLM-L6-v2")
                        .build())
                .getConfig();

        assertThat(config.getInputList())
                .extracting(ModelInput::getName, ModelInput::getDataType)
                .containsExactly(tuple("text", DataType.TYPE_STRING));
        assertThat(config.getOutputList())
                .extracting(ModelOutput::getName, ModelOutput::getDataType)
                .containsExactly(tuple("embedding", DataType.TYPE_FP32));
        int rows = config.getMaxBatchSize() > 0 ? 1 : 0;
        assertThat(config.getOutput(0).getDimsList())
                .as("the axis of rows is left out exactly if it is batched")
                .isEqualTo(metadata.getOutputs(0).getShapeList().subList(rows, 2));
    }

    @Test
    void embedsEachTextOfARequestForItself() {
        List<float[]> together = embed(SENTENCES.toArray(String[]::new));

        for (int index = 0; index < SENTENCES.size(); index++) {
            assertThat(MiniLm.cosine(together.get(index), MiniLm.reference(SENTENCES.get(index))))
                    .as(SENTENCES.get(index))
                    .isGreaterThan(SAME);
        }
        assertThat(MiniLm.cosine(together.get(0), together.get(1)))
                .as("texts that mean the same")
                .isGreaterThan(MiniLm.cosine(together.get(0), together.get(2)));
    }

    @Test
    void embedsTextsOfManyCallersAtOnce() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<float[]>>> answers = new ArrayList<>();
            for (int call = 0; call < 60; call++) {
                String sentence = SENTENCES.get(call % SENTENCES.size());
                answers.add(callers.submit(() -> embed(sentence)));
            }
            for (int call = 0; call < answers.size(); call++) {
                assertThat(MiniLm.cosine(
                                answers.get(call).get().getFirst(),
                                MiniLm.reference(SENTENCES.get(call % SENTENCES.size()))))
                        .isGreaterThan(SAME);
            }
        }
    }

    @Test
    void normalizesAndTakesTypedTexts() {
        ModelInferResponse response = client.infer(ModelInferRequest.newBuilder()
                .setModelName("all-MiniLM-L6-v2")
                .addInputs(InferenceClient.input("text", "BYTES", List.of(1L)).toBuilder()
                        .setContents(
                                InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("typed"))))
                .build());

        assertThat(response.getOutputs(0).getName()).isEqualTo("embedding");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, (long) WIDTH);
        double squares = response.getOutputs(0).getContents().getFp32ContentsList().stream()
                .mapToDouble(value -> (double) value * value)
                .sum();
        assertThat(squares).isBetween(0.999, 1.001);
    }

    @Test
    void tellsThePipelinesOwnSignature() {
        ModelMetadataResponse metadata = client.stub()
                .modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName("all-MiniLM-L6-v2")
                        .build());

        assertThat(metadata.getInputsList()).singleElement().satisfies(input -> {
            assertThat(input.getName()).isEqualTo("text");
            assertThat(input.getDatatype()).isEqualTo("BYTES");
            assertThat(input.getShapeList()).containsExactly(-1L);
        });
        assertThat(metadata.getOutputsList()).singleElement().satisfies(output -> {
            assertThat(output.getName()).isEqualTo("embedding");
            assertThat(output.getDatatype()).isEqualTo("FP32");
            assertThat(output.getShapeList()).containsExactly(-1L, (long) WIDTH);
        });
    }

    @Test
    void leavesTheGraphsOwnTensorsCallable() {
        List<Long> shape = List.of(1L, 3L);
        ModelInferResponse response = client.infer(ModelInferRequest.newBuilder()
                .setModelName("all-MiniLM-L6-v2")
                .addInputs(InferenceClient.input("input_ids", "INT64", shape))
                .addInputs(InferenceClient.input("attention_mask", "INT64", shape))
                .addInputs(InferenceClient.input("token_type_ids", "INT64", shape))
                .addRawInputContents(longs(101, 2028, 102))
                .addRawInputContents(longs(1, 1, 1))
                .addRawInputContents(longs(0, 0, 0))
                .build());

        assertThat(response.getOutputs(0).getName()).isEqualTo("last_hidden_state");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, 3L, (long) WIDTH);
    }

    @Test
    void cutsLongTextsAndTakesEmptyOnes() {
        String beginning = "word ".repeat(126);

        float[] cut = embed(beginning + "other things that nobody sees ".repeat(100_000))
                .getFirst();

        assertThat(MiniLm.cosine(cut, embed(beginning).getFirst())).isGreaterThan(SAME);
        float[] empty = embed("").getFirst();
        assertThat(MiniLm.cosine(empty, empty)).isBetween(0.999, 1.001);
        assertThat(embed()).isEmpty();
    }

    @Test
    void takesThousandsOfTexts() {
        String[] texts = IntStream.range(0, 2_000)
                .mapToObj(index -> index % 500 == 0 ? SENTENCES.getFirst() : "n" + index % 7)
                .toArray(String[]::new);

        List<float[]> embeddings = embed(texts);

        assertThat(embeddings).hasSize(texts.length);
        for (int index = 0; index < texts.length; index += 500) {
            assertThat(MiniLm.cosine(embeddings.get(index), MiniLm.reference(SENTENCES.getFirst())))
                    .isGreaterThan(SAME);
        }
    }

    @Test
    void refusesWhatIsNoText() {
        InferenceClient.Refusal notUtf8 = InferenceClient.refusal(() -> client.infer(request(
                1,
                ByteString.copyFrom(ByteBuffer.allocate(4)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(0, 2))
                        .concat(ByteString.copyFrom(new byte[] {(byte) 0xc3, 0x28})))));
        assertThat(notUtf8.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(notUtf8.message()).contains("no UTF-8");

        String[] many = new String[TextPipeline.MOST_TEXTS + 1];
        Arrays.fill(many, "");
        InferenceClient.Refusal tooMany = InferenceClient.refusal(() -> embed(many));
        assertThat(tooMany.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(tooMany.violations()).containsExactly("text: \"16385 texts\" (expected: at most 16384)");

        InferenceClient.Refusal unknown =
                InferenceClient.refusal(() -> client.infer(request(1, InferenceClient.texts("a")).toBuilder()
                        .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                                .setName("last_hidden_state"))
                        .build()));
        assertThat(unknown.violations())
                .containsExactly("outputs[0].name: \"last_hidden_state\" (expected: one of [embedding])");
    }

    @Test
    void doesNotServeAPipelineThatDoesNotFit() {
        assertThat(refusal("wrong-output"))
                .contains("pipeline.output: \"pooled\" (expected: one of the graph's outputs [last_hidden_state])");
        assertThat(refusal("no-tokenizer"))
                .contains("pipeline.tokenizer: \"other.json\" (expected: the path of one of the version's files)");
        assertThat(refusal("damaged-tokenizer"))
                .contains("pipeline.tokenizer: \"serving.json\" (expected: a tokenizer.json that can be read:");
    }

    private static String refusal(String model) {
        InferenceClient.Refusal refusal =
                InferenceClient.refusal(() -> client.infer(request(1, InferenceClient.texts("a")).toBuilder()
                        .setModelName(model)
                        .build()));
        assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
        return refusal.message();
    }

    private static ModelInferRequest request(int count, ByteString texts) {
        return InferenceClient.request("all-MiniLM-L6-v2", "", "text", "BYTES", List.of((long) count), texts);
    }

    private static List<float[]> embed(String... texts) {
        ModelInferResponse response = client.infer(request(texts.length, InferenceClient.texts(texts)));
        assertThat(response.getOutputs(0).getShapeList()).containsExactly((long) texts.length, (long) WIDTH);
        ByteBuffer values =
                response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        List<float[]> embeddings = new ArrayList<>();
        for (int text = 0; text < texts.length; text++) {
            float[] embedding = new float[WIDTH];
            values.asFloatBuffer().get(text * WIDTH, embedding);
            embeddings.add(embedding);
        }
        return embeddings;
    }

    private static ByteString longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return ByteString.copyFrom(bytes);
    }
}
