package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.servicekit.error.ServiceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {
    private static final List<String> LABELS = List.of("zero", "one", "two");

    @Test
    void givesTheHighestClassesOfEachRowFirst() {
        OutputTensor.Texts answer =
                Classification.highest(floats(List.of(2L, 3L), 0.25f, 0.5f, 0.125f, 1, 3, 2), 2, LABELS);

        assertThat(answer)
                .isEqualTo(new OutputTensor.Texts(
                        "scores", List.of(2L, 2L), List.of("0.5:1:one", "0.25:0:zero", "3.0:1:one", "2.0:2:two")));
    }

    @Test
    void leavesOutLabelsThatThereAreNot() {
        assertThat(Classification.highest(floats(List.of(1L, 2L), 1, 2), 1, List.of())
                        .values())
                .containsExactly("2.0:1");
        assertThat(Classification.highest(floats(List.of(1L, 2L), 1, 2), 1, LABELS)
                        .values())
                .as("labels of another output")
                .containsExactly("2.0:1");
    }

    @Test
    void takesTheLowerIndexOfEqualValuesAndNotANumberLast() {
        assertThat(Classification.highest(floats(List.of(3L), Float.NaN, 1, 1), 3, LABELS))
                .isEqualTo(new OutputTensor.Texts(
                        "scores", List.of(1L, 3L), List.of("1.0:1:one", "1.0:2:two", "NaN:0:zero")));
    }

    @Test
    void takesAllAxesButTheLastForRows() {
        assertThat(Classification.highest(floats(List.of(2L, 1L, 2L), 1, 2, 4, 3), 1, List.of())
                        .shape())
                .containsExactly(2L, 1L);
    }

    @Test
    void answersNoRowsForNone() {
        assertThat(Classification.highest(floats(List.of(0L, 3L)), 2, LABELS))
                .isEqualTo(new OutputTensor.Texts("scores", List.of(0L, 2L), List.of()));
    }

    @Test
    void ordersWholeNumbersAsUnsignedOnesWhereTheyAre() {
        ByteBuffer bytes = ByteBuffer.wrap(new byte[] {(byte) 200, 100});

        assertThat(Classification.highest(
                                new OutputTensor.Elements("scores", Datatype.UINT8, List.of(2L), bytes), 1, List.of())
                        .values())
                .containsExactly("200:0");
        assertThat(Classification.highest(
                                new OutputTensor.Elements("scores", Datatype.INT8, List.of(2L), bytes), 1, List.of())
                        .values())
                .containsExactly("100:1");
    }

    @Test
    void refusesMoreClassesThanTheRunAnswered() {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> Classification.highest(floats(List.of(1L, 2L), 1, 2), 3, LABELS))
                .withMessage("outputs.scores.parameters.classification: 3 (expected: 1 to 2)");
    }

    private static OutputTensor.Elements floats(List<Long> shape, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return new OutputTensor.Elements("scores", Datatype.FP32, shape, bytes.flip());
    }
}
