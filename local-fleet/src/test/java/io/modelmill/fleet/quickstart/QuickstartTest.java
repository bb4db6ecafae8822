package io.modelmill.fleet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.quickstart.Digits.Digit;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuickstartTest {
    @Test
    void readsTheDigitsThatTheRepositoryShips() {
        List<Digit> digits =
                Digits.read(Installation.current().example("digits/digits.csv")).rows();

        assertThat(digits).hasSize(1797);
        assertThat(digits.stream().map(Digit::label).distinct()).hasSize(10);
        assertThat(digits.getFirst().pixels()).hasSize(64).startsWith(0, 0, 5, 13);
    }

    @Test
    void findsTheDigitsThatAFileNames() {
        Digit first = new Digit(new float[64], "1");
        Digit second = new Digit(new float[64], "2");
        var digits = new Digits(new byte[0], List.of(first, second));

        assertThat(digits.named("rows.json", bytes("[1, 0]\n"))).containsExactly(second, first);
        assertThat(digits.named("rows.json", bytes("[]"))).isEmpty();
        for (String wrong : List.of("", "{}", "[1", "[two]", "[1.5]", "[null]", "[2]", "[-1]")) {
            assertThatThrownBy(() -> digits.named("rows.json", bytes(wrong)))
                    .as(wrong)
                    .isInstanceOf(FleetException.class)
                    .hasMessageStartingWith("rows.json: ")
                    .hasMessageEndingWith(" (expected: numbers of rows from 0 to 1)");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void drawsDigitsBesideEachOther() {
        float[] pixels = new float[64];
        pixels[0] = 16;
        pixels[9] = 8;
        Digit digit = new Digit(pixels, "7");

        List<String> lines =
                new DigitDrawing(StandardCharsets.US_ASCII).draw(List.of(digit, digit), List.of("7  99.0 %", "1"));

        assertThat(lines).hasSize(9);
        assertThat(lines.get(0)).isEqualTo("##" + " ".repeat(17) + "##");
        assertThat(lines.get(1)).isEqualTo("  ::" + " ".repeat(17) + "::");
        assertThat(lines.getLast()).isEqualTo("7  99.0 %" + " ".repeat(10) + "1");
    }

    @Test
    void drawsInBlocksWhereTheTerminalHasThem() {
        float[] black = new float[64];
        Arrays.fill(black, 16);

        assertThat(new DigitDrawing(StandardCharsets.UTF_8)
                        .draw(List.of(new Digit(black, "0")), List.of(""))
                        .getFirst())
                .isEqualTo("\u2588".repeat(16));
    }
}
