package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where outputs come to lie: in memory set aside where that is right, copied where it is not, the same values always. */
class ModelSessionTest {
    private final Sessions sessions =
            new Sessions(Configurations.of(SessionConfig.class, Map.of("modelmill.session.run-threads", "2")));
    private final List<ModelSession> opened = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        opened.forEach(ModelSession::retire);
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
    void answersTheSameCopiedAndWrittenInPlace(TensorProto.DataType type, Datatype datatype) throws Exception {
        ModelSession session = open(TestGraphs.identity(type));
        byte[] values = new byte[6 * datatype.elementBytes()];
        for (int index = 0; index < values.length; index++) {
            values[index] = (byte) (datatype == Datatype.BOOL ? index % 2 : index + 1);
        }
        InputTensor input = new InputTensor(
                "x",
                datatype,
                List.of(3L, 2L),
                new TensorContent.Elements(values.length, buffer -> buffer.put(values)));

        for (int run = 0; run < 4; run++) {
            assertThat(session.isWrittenInPlace("y")).isEqualTo(run >= 2);
            try (RunResult result = session.run(0, List.of(input), List.of("y"), new Termination())) {
                OutputTensor.Elements output =
                        (OutputTensor.Elements) result.outputs().getFirst();
                assertThat(output.datatype()).isEqualTo(datatype);
                assertThat(output.shape()).containsExactly(3L, 2L);
                assertThat(output.elements()).isEqualTo(ByteBuffer.wrap(values));
                assertThat(output.elements().isDirect()).isEqualTo(run >= 1);
            }
        }
    }

    @Test
    void writesEachNumberOfRowsInPlace() throws Exception {
        ModelSession session = open(TestGraphs.perceptron(4, 8, 3));
        float[] one = floats(session, List.of(x(4, 0.5f, 1, -1, 2)), "y");

        for (int rows : new int[] {1, 7, 0, 64, 2}) {
            float[] values = new float[4 * rows];
            for (int index = 0; index < values.length; index++) {
                values[index] = new float[] {0.5f, 1, -1, 2}[index % 4];
            }
            try (RunResult result = session.run(1, List.of(x(4, values)), List.of("y"), new Termination())) {
                OutputTensor output = result.outputs().getFirst();
                assertThat(output.shape()).containsExactly((long) rows, 3L);
                for (int row = 0; row < rows; row++) {
                    assertThat(values((OutputTensor.Elements) output.rows(row, 1)))
                            .containsExactly(one);
                }
            }
        }
        assertThat(session.isWrittenInPlace("y")).isTrue();
    }

    @Test
    void followsTheNamesOfTheAxes() throws Exception {
        ModelSession session = open(TestGraphs.shapes());
        InputTensor input = x(3, 1, 2, 3, 4, 5, 6);

        for (int run = 0; run < 3; run++) {
            try (RunResult result =
                    session.run(0, List.of(input), List.of("total", "rows", "turned"), new Termination())) {
                assertThat(result.outputs())
                        .extracting(OutputTensor::shape)
                        .containsExactly(List.of(), List.of(2L), List.of(3L, 2L));
                assertThat(result.outputs())
                        .extracting(output -> values((OutputTensor.Elements) output))
                        .containsExactly(new float[] {21}, new float[] {6, 15}, new float[] {1, 4, 2, 5, 3, 6});
            }
        }
        assertThat(List.of("total", "rows", "turned")).allMatch(session::isWrittenInPlace);
    }

    @Test
    void answersOnlyWhatIsWanted() throws Exception {
        ModelSession session = open(TestGraphs.shapes());
        InputTensor input = x(2, 1, 2);

        for (int run = 0; run < 3; run++) {
            assertThat(floats(session, List.of(input), "total")).containsExactly(3);
        }
        assertThat(session.isWrittenInPlace("total")).isTrue();
        assertThat(session.isWrittenInPlace("turned")).as("was never run").isFalse();
        // One in its place, the other copied.
        try (RunResult result = session.run(0, List.of(input), List.of("turned", "total"), new Termination())) {
            assertThat(result.outputs()).extracting(OutputTensor::name).containsExactly("turned", "total");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> session.run(0, List.of(input), List.of("none"), new Termination()))
                .withMessageStartingWith("output: none (expected: one of ");
    }

    @Test
    void copiesWhatDependsOnValues() throws Exception {
        ModelSession session = open(TestGraphs.findings());

        for (float[] values : new float[][] {{1, 0, 2}, {0, 0, 0}, {1, 1, 1}, {0, 1, 0}}) {
            try (RunResult result = session.run(0, List.of(row(values)), List.of("y"), new Termination())) {
                int found = 0;
                for (float value : values) {
                    found += value == 0 ? 0 : 1;
                }
                assertThat(result.outputs().getFirst().shape()).containsExactly(1L, (long) found);
            }
        }
        assertThat(session.isWrittenInPlace("y")).isFalse();
    }

    @Test
    void copiesForGoodOnceThePlaceDidNotFit() throws Exception {
        ModelSession session = open(TestGraphs.wronglyNamed());
        for (int run = 0; run < 3; run++) {
            assertThat(floats(session, List.of(row(5, 6, 7)), "y")).containsExactly(0, 1, 2);
        }
        assertThat(session.isWrittenInPlace("y")).isTrue();

        assertThat(floats(session, List.of(row(5, 0, 7)), "y")).containsExactly(0, 2);

        assertThat(session.isWrittenInPlace("y")).isFalse();
        assertThat(floats(session, List.of(row(5, 6, 7)), "y")).containsExactly(0, 1, 2);
        assertThat(session.isWrittenInPlace("y")).isFalse();
    }

    @Test
    void answersWhatNoNodeWrites() throws Exception {
        ModelSession session = open(TestGraphs.unwritten());
        float[] constant = floats(session, List.of(row(1, 2)), "c");

        for (int run = 0; run < 4; run++) {
            try (RunResult result = session.run(0, List.of(row(1, 2)), List.of("x", "c", "y"), new Termination())) {
                assertThat(result.outputs())
                        .extracting(output -> values((OutputTensor.Elements) output))
                        .containsExactly(new float[] {1, 2}, constant, new float[] {-1, -2});
            }
        }
        assertThat(session.isWrittenInPlace("x")).isFalse();
        assertThat(session.isWrittenInPlace("y")).isTrue();
    }

    @Test
    void keepsAResultUntilItIsClosed() throws Exception {
        ModelSession session = open(TestGraphs.perceptron(4, 8, 3));
        float[] first = floats(session, List.of(x(4, 1, 0, 0, 0)), "y");
        for (int run = 0; run < 3; run++) {
            floats(session, List.of(x(4, 0, 1, 0, 0)), "y");
        }
        try (RunResult kept = session.run(0, List.of(x(4, 1, 0, 0, 0)), List.of("y"), new Termination())) {
            floats(session, List.of(x(4, 0, 0, 1, 0)), "y");

            assertThat(values((OutputTensor.Elements) kept.outputs().getFirst()))
                    .containsExactly(first);
            assertThat(kept.gatherNanos()).isPositive();
            assertThat(kept.computeNanos()).isPositive();
        }
    }

    @Test
    void refusesValuesThatAreNotAllThere() throws Exception {
        ModelSession session = open(TestGraphs.perceptron(4, 8, 3));
        InputTensor half = new InputTensor(
                "x", Datatype.FP32, List.of(1L, 4L), new TensorContent.Elements(16, buffer -> buffer.putLong(1)));

        assertThatIllegalStateException()
                .isThrownBy(() -> session.run(0, List.of(half), List.of("y"), new Termination()))
                .withMessage("x: 8 bytes written (expected: 16)");
    }

    @Test
    void staysUsableAfterAFailedRun() throws Exception {
        ModelSession session = open(TestGraphs.gather());
        for (int run = 0; run < 3; run++) {
            assertThat(floats(session, List.of(ids(3)), "y")).hasSize(2);
        }

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> session.run(0, List.of(ids(9)), List.of("y"), new Termination()))
                .withMessageContaining("indices element out of data bounds")
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.RUN_REFUSED));

        assertThat(floats(session, List.of(ids(3)), "y")).hasSize(2);
        assertThat(session.isWrittenInPlace("y"))
                .as("a bad input is not the place's fault")
                .isTrue();
    }

    @Test
    void refusesSequences() throws Exception {
        ModelSession session = open(TestGraphs.sequence());

        assertThat(session.signature().outputs().getFirst().datatype()).isEqualTo(Datatype.OTHER);
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> session.run(0, List.of(row(1)), List.of("y"), new Termination()))
                .withMessage("y: an output of kind ONNX_TYPE_SEQUENCE cannot be carried (expected: a tensor)")
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.DATATYPE_NOT_CARRIED));
    }

    @Test
    void doesNotOpenGraphsWithOptionalOutputs() {
        assertThatExceptionOfType(OrtException.class)
                .isThrownBy(() -> open(TestGraphs.optional()))
                .withMessageContaining("ORT_NOT_IMPLEMENTED");
    }

    private ModelSession open(byte[] graph) throws IOException, OrtException {
        ModelSession session =
                sessions.open(Files.write(folder.resolve("model" + opened.size() + ".onnx"), graph), "test");
        opened.add(session);
        return session;
    }

    private static float[] floats(ModelSession session, List<InputTensor> inputs, String output) {
        try (RunResult result = session.run(0, inputs, List.of(output), new Termination())) {
            return values((OutputTensor.Elements) result.outputs().getFirst());
        }
    }

    private static float[] values(OutputTensor.Elements output) {
        float[] values = new float[output.elements().remaining() / Float.BYTES];
        output.elements()
                .duplicate()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    private static InputTensor x(int width, float... values) {
        return floats(List.of((long) values.length / width, (long) width), values);
    }

    private static InputTensor row(float... values) {
        return floats(List.of((long) values.length), values);
    }

    private static InputTensor floats(List<Long> shape, float... values) {
        return new InputTensor("x", Datatype.FP32, shape, new TensorContent.Elements(values.length * 4, buffer -> {
            for (float value : values) {
                buffer.putFloat(value);
            }
        }));
    }

    private static InputTensor ids(long... values) {
        return new InputTensor(
                "ids",
                Datatype.INT64,
                List.of((long) values.length),
                new TensorContent.Elements(
                        values.length * 8, buffer -> Arrays.stream(values).forEach(buffer::putLong)));
    }
}
