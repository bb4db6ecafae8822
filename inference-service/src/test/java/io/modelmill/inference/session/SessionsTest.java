package io.modelmill.inference.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.servicekit.error.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsTest {
    private final Sessions sessions = new Sessions(Configurations.of(SessionConfig.class, Map.of()));

    @TempDir
    Path folder;

    @Test
    void saysWhatIsMissingForCuda() {
        SessionConfig cuda = Configurations.of(SessionConfig.class, Map.of("modelmill.session.device", "cuda"));

        assertThatIllegalStateException()
                .isThrownBy(() -> new Sessions(cuda))
                .withMessageStartingWith("modelmill.session.device: CUDA (expected: CPU, for ")
                .withMessageContaining("-Pcuda");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "intra-op-threads | 0 | intra-op-threads: 0 (expected: 1 to ",
                "intra-op-threads | 100000 | intra-op-threads: 100000 (expected: 1 to ",
                "run-threads | 0 | run-threads: 0 (expected: at least 1)",
            })
    void refusesThreadsThatThereCannotBe(String property, String value, String message) {
        SessionConfig config = Configurations.of(SessionConfig.class, Map.of("modelmill.session." + property, value));

        assertThatIllegalStateException()
                .isThrownBy(() -> new Sessions(config))
                .withMessageStartingWith("modelmill.session." + message);
    }

    @Test
    void sharesOneSessionBetweenTheRunThreadsOfACpu() throws Exception {
        SessionConfig three = Configurations.of(SessionConfig.class, Map.of("modelmill.session.run-threads", "3"));
        Sessions threads = new Sessions(three);
        ModelSession session = threads.open(
                Files.write(folder.resolve("shared.onnx"), SmallModels.scaling(2)), "shared", OptionalInt.of(7));

        assertThat(threads.runThreads()).isEqualTo(3);
        assertThat(session.concurrency()).isEqualTo(3);
        session.retire();
    }

    @Test
    void tellsTheGraphsSignature() throws Exception {
        ModelSession session = open(SmallModels.classifier(1));

        assertThat(session.signature().inputs())
                .containsExactly(new TensorSpec("features", Datatype.FP32, List.of(-1L, 4L)));
        assertThat(session.signature().outputs())
                .containsExactly(new TensorSpec("probabilities", Datatype.FP32, List.of(-1L, 3L)));
        session.retire();
    }

    @Test
    void refusesWhatIsNoGraph() {
        assertThatExceptionOfType(OrtException.class).isThrownBy(() -> open("this is no model".getBytes(UTF_8)));
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, FP32",
        "DOUBLE, FP64",
        "INT8, INT8",
        "INT16, INT16",
        "INT32, INT32",
        "INT64, INT64",
        "UINT8, UINT8",
        "BOOL, BOOL",
        "FLOAT16, FP16",
        "BFLOAT16, BF16"
    })
    void feedsAndReadsEveryTypeOfFixedSize(TensorProto.DataType type, Datatype datatype) throws Exception {
        ModelSession session = open(SmallModels.identity(type));
        int bytes = 6 * datatype.elementBytes();
        ByteBuffer values = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = 0; index < bytes; index++) {
            values.put((byte) (datatype == Datatype.BOOL ? index % 2 : index + 1));
        }
        values.flip();
        InputTensor input = new InputTensor(
                "x",
                datatype,
                List.of(2L, 3L),
                new TensorContent.Elements(bytes, buffer -> buffer.put(values.duplicate())));

        OutputTensor.Elements output = (OutputTensor.Elements)
                run(session, List.of(input), List.of("y")).getFirst();

        assertThat(output.datatype()).isEqualTo(datatype);
        assertThat(output.shape()).containsExactly(2L, 3L);
        assertThat(output.elements()).isEqualTo(values);
        session.retire();
    }

    @ParameterizedTest
    @CsvSource({"UINT16, UINT16", "UINT32, UINT32", "UINT64, UINT64"})
    void readsTypesThatItCannotFeed(TensorProto.DataType type, Datatype datatype) throws Exception {
        ModelSession session = open(SmallModels.castTo(type));
        InputTensor input = new InputTensor(
                "x",
                Datatype.FP32,
                List.of(1L, 2L),
                new TensorContent.Elements(8, buffer -> buffer.putFloat(7).putFloat(40_000)));

        OutputTensor.Elements output = (OutputTensor.Elements)
                run(session, List.of(input), List.of("y")).getFirst();

        assertThat(output.datatype()).isEqualTo(datatype);
        assertThat(output.elements().remaining()).isEqualTo(2 * datatype.elementBytes());
        assertThat(output.elements().get(0)).isEqualTo((byte) 7);
        assertThat(output.elements().getShort(datatype.elementBytes())).isEqualTo((short) 40_000);
        session.retire();
    }

    @Test
    void carriesTexts() throws Exception {
        ModelSession session = open(SmallModels.identity(TensorProto.DataType.STRING));
        List<String> texts = List.of("plain", "", "grüße", "日本語", "ð and more", "\uffff");
        InputTensor input = new InputTensor("x", Datatype.BYTES, List.of(2L, 3L), new TensorContent.Texts(texts));

        OutputTensor output = run(session, List.of(input), List.of("y")).getFirst();

        assertThat(output).isEqualTo(new OutputTensor.Texts("y", List.of(2L, 3L), texts));
        session.retire();
    }

    @Test
    void readsTextsThatTheGraphHolds() throws Exception {
        ModelSession session = open(SmallModels.saying("grüße 日本語"));
        InputTensor input = new InputTensor(
                "x", Datatype.FP32, List.of(1L), new TensorContent.Elements(4, buffer -> buffer.putFloat(0)));

        OutputTensor output = run(session, List.of(input), List.of("y")).getFirst();

        assertThat(output).isEqualTo(new OutputTensor.Texts("y", List.of(1L), List.of("grüße 日本語")));
        session.retire();
    }

    @ParameterizedTest
    @ValueSource(strings = {"emoji 🙂", "nul \0 inside"})
    void knowsTextsThatAGraphWouldSeeOtherwise(String text) {
        assertThat(OrtTexts.canBeFed(text)).isFalse();
        assertThat(OrtTexts.canBeFed("plain, grüße, 日本語")).isTrue();
    }

    @Test
    void runsOnNoRows() throws Exception {
        ModelSession session = open(SmallModels.scaling(2));
        InputTensor input =
                new InputTensor("x", Datatype.FP32, List.of(0L, 2L), new TensorContent.Elements(0, buffer -> {}));

        OutputTensor.Elements output = (OutputTensor.Elements)
                run(session, List.of(input), List.of("y")).getFirst();

        assertThat(output.shape()).containsExactly(0L, 2L);
        assertThat(output.elements().hasRemaining()).isFalse();
        session.retire();
    }

    @Test
    void tellsTheCallerWhatTheGraphCannotWorkOn() throws Exception {
        ModelSession session = open(SmallModels.sumAndDifference());

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> run(session, List.of(floats("a", 2), floats("b", 3)), List.of("sum")))
                .withMessageStartingWith("the graph cannot work on these inputs: ")
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.RUN_REFUSED));
        session.retire();
    }

    @Test
    void answersInTheWantedOrder() throws Exception {
        ModelSession session = open(SmallModels.sumAndDifference());

        assertThat(run(session, List.of(floats("b", 1), floats("a", 1)), List.of("difference", "sum")))
                .extracting(OutputTensor::name)
                .containsExactly("difference", "sum");
        session.retire();
    }

    /** Leaves the memory in use, so that the outputs stay valid. */
    private static List<OutputTensor> run(ModelSession session, List<InputTensor> inputs, List<String> outputs) {
        return session.run(0, inputs, outputs, new Termination()).outputs();
    }

    private static InputTensor floats(String name, long rows) {
        int bytes = (int) rows * 2 * Float.BYTES;
        return new InputTensor(
                name,
                Datatype.FP32,
                List.of(rows, 2L),
                new TensorContent.Elements(bytes, buffer -> buffer.put(new byte[bytes])));
    }

    private ModelSession open(byte[] graph) throws IOException, OrtException {
        ModelSession session = sessions.open(Files.write(folder.resolve("model.onnx"), graph), "test");
        assertThat(session.acquire()).isTrue();
        session.release();
        return session;
    }
}
