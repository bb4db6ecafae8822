package io.modelmill.inference.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ServingSpec.Pipeline;
import io.modelmill.inference.model.ServingSpec.Pooling;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.pipeline.TextTokenizer.Tokens;
import io.modelmill.inference.session.OutputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a graph that has a row for each text answers, put together from its runs. */
class OwnOutputTest {
    private static final TensorSpec PAIRS = new TensorSpec("pairs", Datatype.INT16, List.of(-1L, 2L));
    private static final Pipeline SPEC = new Pipeline("tokenizer.json", 8, "pairs", Pooling.NONE, false);

    @Test
    void putsRowsInTheOrderOfTheTexts() {
        OwnOutput output = new OwnOutput(PAIRS, 3);
        output.take(batch(2, 0), answer(Datatype.INT16, List.of(2L, 2L), 5, 6, 1, 2));
        output.take(batch(1), answer(Datatype.INT16, List.of(1L, 2L), 3, 4));

        assertThat(output.tensor()).isInstanceOfSatisfying(OutputTensor.Elements.class, tensor -> {
            assertThat(tensor.name()).isEqualTo("pairs");
            assertThat(tensor.shape()).containsExactly(3L, 2L);
            short[] values = new short[6];
            tensor.elements().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(values);
            assertThat(values).containsExactly(1, 2, 3, 4, 5, 6);
        });
    }

    @Test
    void answersNoTextsWithTheSameAxes() {
        assertThat(new OwnOutput(PAIRS, 0).tensor()).satisfies(tensor -> {
            assertThat(tensor.datatype()).isEqualTo(Datatype.INT16);
            assertThat(tensor.shape()).containsExactly(0L, 2L);
        });
        assertThat(new OwnOutput(new TensorSpec("y", Datatype.FP32, List.of(-1L)), 4)
                        .tensor()
                        .shape())
                .containsExactly(4L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            INT16 | 1, 2
            INT16 | 2, 1
            INT16 | 4
            FP16  | 2, 2
            """)
    void refusesWhatTheGraphDidNotSay(Datatype datatype, String axes) {
        List<Long> shape = Stream.of(axes.split(", ")).map(Long::valueOf).toList();
        OwnOutput output = new OwnOutput(PAIRS, 2);

        assertThatIllegalStateException()
                .isThrownBy(() -> output.take(batch(0, 1), answer(datatype, shape, 1, 2, 3, 4)))
                .withMessage("pairs: " + datatype + " " + shape + " (expected: INT16 [2, 2])");
    }

    @Test
    void takesAGraphOfTokensAlone() {
        TextPipeline.requireFits(SPEC, graph(PAIRS));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            FP32  | -1, -1, 9
            BYTES | -1
            FP32  | 1, 2
            FP32  |
            """)
    void namesOutputsThatHaveNoRowForEachText(Datatype datatype, @Nullable String axes) {
        List<Long> shape = axes == null
                ? List.of()
                : Stream.of(axes.split(", ")).map(Long::valueOf).toList();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> TextPipeline.requireFits(SPEC, graph(new TensorSpec("pairs", datatype, shape))))
                .withMessage("serving.json: pipeline.output: \"pairs\" is " + datatype + " " + shape
                        + " (expected: numbers [-1, ...] with all other axes known, for pooling NONE)");
    }

    private static Signature graph(TensorSpec output) {
        return new Signature(
                List.of(new TensorSpec("input_ids", Datatype.INT64, List.of(-1L, -1L))),
                List.of(new TensorSpec("other", Datatype.FP32, List.of(-1L, -1L)), output));
    }

    private static TokenBatch batch(Integer... places) {
        return new TokenBatch(
                List.of(places),
                Stream.of(places)
                        .map(place -> new Tokens(new long[] {place}, new long[1]))
                        .toList());
    }

    /** Behind a value of somebody else's. */
    private static OutputTensor answer(Datatype datatype, List<Long> shape, int... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate((values.length + 1) * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort((short) 99);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return new OutputTensor.Elements("pairs", datatype, shape, bytes.position(Short.BYTES));
    }
}
