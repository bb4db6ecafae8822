package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.modelmill.inference.model.Datatype;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTensorTest {
    private static final OutputTensor.Elements NUMBERS = new OutputTensor.Elements(
            "y",
            Datatype.INT16,
            List.of(3L, 2L),
            // Not at the begin of its buffer, as an output that is itself a slice.
            ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort(4, (short) 1)
                    .putShort(6, (short) 2)
                    .putShort(8, (short) 3)
                    .putShort(10, (short) 4)
                    .putShort(12, (short) 5)
                    .putShort(14, (short) 6)
                    .position(4));
    private static final OutputTensor.Texts TEXTS =
            new OutputTensor.Texts("t", List.of(2L, 2L), List.of("a", "b", "c", "d"));

    @Test
    void cutsRowsOfNumbers() {
        OutputTensor.Elements rows = NUMBERS.rows(1, 2);

        assertThat(rows.shape()).containsExactly(2L, 2L);
        assertThat(rows.elements().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(rows.elements().asShortBuffer().get(0)).isEqualTo((short) 3);
        assertThat(rows.elements().remaining()).isEqualTo(8);
        assertThat(rows.rows(1, 1).elements().asShortBuffer().get(1)).isEqualTo((short) 6);
    }

    @Test
    void cutsRowsOfTexts() {
        assertThat(TEXTS.rows(1, 1)).isEqualTo(new OutputTensor.Texts("t", List.of(1L, 2L), List.of("c", "d")));
    }

    @Test
    void cutsNoRows() {
        assertThat(NUMBERS.rows(3, 0).elements().hasRemaining()).isFalse();
        assertThat(NUMBERS.rows(3, 0).shape()).containsExactly(0L, 2L);
        assertThat(TEXTS.rows(0, 0).values()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, -1", "3, 1", "2147483647, 2147483647"})
    void refusesRowsThatItDoesNotHave(int first, int count) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NUMBERS.rows(first, count))
                .withMessageStartingWith("y [3, 2]: rows ");
    }

    @Test
    void refusesToCutAScalar() {
        OutputTensor scalar = new OutputTensor.Elements("s", Datatype.UINT8, List.of(), ByteBuffer.allocate(1));

        assertThatIllegalArgumentException().isThrownBy(() -> scalar.rows(0, 1));
    }
}
