package io.modelmill.inference.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.ModelFolder;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A classifier of tokens, as the trainer makes it, from text to classes through the packaged service. */
class TextClassificationIT {
    private static final String TOKENIZER = """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
             "decoder": null,
             "model": {"type": "WordLevel", "vocab": {"[PAD]": 0, "[UNK]": 1, "red": 2, "green": 3, "blue": 4},
                       "unk_token": "[UNK]"}}""";

    private static final String SERVING = """
            {"pipeline": {"pooling": "NONE", "output": "probabilities", "maxTokens": 16},
             "classLabels": ["fire", "grass", "sea"]}""";

    @TempDir
    static Path directory;

    private static StandaloneProcess service;
    private static InferenceClient client;

    @BeforeAll
    static void start() throws IOException {
        ModelFolder models = new ModelFolder(Files.createDirectory(directory.resolve("models")));
        models.file("colours", 1, "tokenizer.json", TOKENIZER.getBytes(UTF_8))
                .file("colours", 1, "serving.json", SERVING.getBytes(UTF_8))
                .graph("colours", 1, SmallModels.tokenClassifier());
        models.file("wrong", 1, "tokenizer.json", TOKENIZER.getBytes(UTF_8))
                .file("wrong", 1, "serving.json", "{\"pipeline\": {\"output\": \"probabilities\"}}".getBytes(UTF_8))
                .graph("wrong", 1, SmallModels.tokenClassifier());
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
    void answersProbabilitiesOfEachText() {
        ModelInferResponse response =
                client.infer(request("colours", "Red red green", "", "blue other words of no meaning", "green"));

        assertThat(response.getOutputs(0).getName()).isEqualTo("probabilities");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(4L, 3L);
        List<Float> values = InferenceClient.floats(response.getRawOutputContents(0));
        assertProbabilities(values.subList(0, 3), 2, 1, 0);
        assertProbabilities(values.subList(3, 6), 0, 0, 0);
        assertProbabilities(values.subList(6, 9), 0, 0, 1);
        assertProbabilities(values.subList(9, 12), 0, 1, 0);
    }

    @Test
    void answersTheHighestClassesByName() {
        ModelInferResponse response = client.infer(request("colours", "green blue green", "red").toBuilder()
                .addOutputs(InferenceClient.classes("probabilities", InferenceClient.number(2)))
                .build());

        assertThat(response.getOutputs(0).getDatatype()).isEqualTo("BYTES");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L, 2L);
        List<String> classes = InferenceClient.texts(response.getRawOutputContents(0));
        assertThat(classes.get(0)).endsWith(":1:grass");
        assertThat(classes.get(1)).endsWith(":2:sea");
        assertThat(classes.get(2)).endsWith(":0:fire");
    }

    /** Texts of different length share batches, padded with the token 0. */
    @Test
    void answersManyCallersAtOnce() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ModelInferResponse>> answers = new ArrayList<>();
            for (int call = 0; call < 60; call++) {
                String text = "blue ".repeat(call % 13);
                answers.add(callers.submit(() -> client.infer(request("colours", text))));
            }
            for (int call = 0; call < answers.size(); call++) {
                List<Float> values =
                        InferenceClient.floats(answers.get(call).get().getRawOutputContents(0));
                assertProbabilities(values, 0, 0, call % 13);
            }
        }
    }

    @Test
    void tellsItsInputsAndOutputs() {
        ModelMetadataResponse metadata = client.stub()
                .modelMetadata(
                        ModelMetadataRequest.newBuilder().setName("colours").build());

        assertThat(metadata.getInputsList()).singleElement().satisfies(input -> {
            assertThat(input.getName()).isEqualTo("text");
            assertThat(input.getDatatype()).isEqualTo("BYTES");
            assertThat(input.getShapeList()).containsExactly(-1L);
        });
        assertThat(metadata.getOutputsList()).singleElement().satisfies(output -> {
            assertThat(output.getName()).isEqualTo("probabilities");
            assertThat(output.getDatatype()).isEqualTo("FP32");
            assertThat(output.getShapeList()).containsExactly(-1L, 3L);
        });
    }

    @Test
    void doesNotPoolWhatHasNoTokens() {
        InferenceClient.Refusal refusal = InferenceClient.refusal(() -> client.infer(request("wrong", "red")));
        assertThat(refusal.message())
                .contains("pipeline.output: \"probabilities\" is FP32 [-1, 3] (expected: FP32 [rows, tokens, width])");
    }

    private static void assertProbabilities(List<Float> answered, double... votes) {
        double sum = 0;
        for (double vote : votes) {
            sum += Math.exp(vote);
        }
        assertThat(answered).hasSameSizeAs(votes);
        for (int index = 0; index < votes.length; index++) {
            assertThat((double) answered.get(index)).isCloseTo(Math.exp(votes[index]) / sum, within(1e-5));
        }
    }

    private static ModelInferRequest request(String model, String... texts) {
        return InferenceClient.request(
                model, "", "text", "BYTES", List.of((long) texts.length), InferenceClient.texts(texts));
    }
}
