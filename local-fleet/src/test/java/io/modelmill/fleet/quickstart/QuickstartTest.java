package io.modelmill.fleet.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.quickstart.Digits.Digit;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuickstartTest {
    private final StringWriter text = new StringWriter();

    @Test
    void readsTheDigitsThatTheRepositoryShips() {
        List<Digit> digits =
                Digits.read(Installation.current().example("digits/digits.csv")).rows();

        assertThat(digits).hasSize(1797);
        assertThat(digits.stream().map(Digit::label).distinct()).hasSize(10);
        assertThat(digits.getFirst().pixels()).hasSize(64).startsWith(0, 0, 5, 13);
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

    @Test
    void printsALineNowAndThenWhereThereIsNoTerminal() {
        JobProgress progress = new JobProgress(new PrintWriter(text), false);
        IntStream.rangeClosed(1, 30)
                .forEach(epoch ->
                        progress.trained(new JobListener.Epoch(epoch, 30, Map.of("loss", 0.5, "accuracy", 0.9))));

        assertThat(text.toString().lines())
                .hasSize(7)
                .first()
                .isEqualTo("  epoch   1/30  loss 0.5000, accuracy 0.9000");
        assertThat(text.toString()).doesNotContain("\r");
    }

    @Test
    void drawsABarOnATerminalAndMeasuresTheStates() {
        JobProgress progress = new JobProgress(new PrintWriter(text), true);
        Instant begin = Instant.parse("2026-01-01T00:00:00Z");
        progress.moved(new JobListener.Move("RUNNING", begin, 1, "", ""));
        progress.trained(new JobListener.Epoch(1, 2, Map.of("loss", 1.0)));
        progress.moved(new JobListener.Move("FINALIZING", begin.plusSeconds(3), 1, "", ""));

        assertThat(text.toString()).contains("\r  [" + "=".repeat(15) + " ".repeat(15) + "] epoch   1/2");
        assertThat(progress.between("RUNNING", "FINALIZING")).isEqualTo(Duration.ofSeconds(3));
        assertThat(progress.between("RUNNING", "SUCCEEDED")).isZero();
    }
}
