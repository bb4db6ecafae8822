package io.modelmill.fleet.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobProgressTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private final StringWriter text = new StringWriter();

    @Test
    void printsALineNowAndThenWhereThereIsNoTerminal() {
        JobProgress progress = new JobProgress(new PrintWriter(text), false);
        IntStream.rangeClosed(1, 30).forEach(epoch -> {
            progress.advanced(epoch(epoch - 1, 30, Map.of("loss", 0.6)));
            progress.advanced(epoch(epoch, 30, Map.of("accuracy", 0.9, "loss", 0.5)));
        });

        assertThat(text.toString().lines())
                .hasSize(7)
                .first()
                .isEqualTo("  epoch   1/30  loss 0.5000, accuracy 0.9000");
        assertThat(text.toString()).doesNotContain("\r");
    }

    /** Of a job with many epochs a second few are told. */
    @Test
    void printsALineForEachPartThoughEpochsAreLeftOut() {
        JobProgress progress = new JobProgress(new PrintWriter(text), false);
        for (int epoch : new int[] {1, 3, 19, 22, 29, 58, 60}) {
            progress.advanced(epoch(epoch, 60, Map.of("loss", 0.5)));
        }

        assertThat(text.toString().lines().map(line -> line.substring(0, 13)))
                .containsExactly("  epoch   1/6", "  epoch  19/6", "  epoch  22/6", "  epoch  58/6", "  epoch  60/6");
    }

    @Test
    void drawsABarOnATerminalAndMeasuresTheStates() {
        JobProgress progress = new JobProgress(new PrintWriter(text), true);
        progress.moved(new JobListener.Move("RUNNING", BEGIN, 1, "", ""));
        progress.advanced(epoch(1, 2, Map.of("loss", 1.0)));
        progress.moved(new JobListener.Move("FINALIZING", BEGIN.plusSeconds(3), 1, "", ""));

        assertThat(text.toString()).contains("\r  [" + "=".repeat(15) + " ".repeat(15) + "] epoch   1/2");
        assertThat(progress.between("RUNNING", "FINALIZING")).isEqualTo(Duration.ofSeconds(3));
        assertThat(progress.between("RUNNING", "SUCCEEDED")).isZero();
    }

    @Test
    void tellsWhatIsKnownWithinAnEpoch() {
        JobProgress progress = new JobProgress(new PrintWriter(text), true);

        progress.advanced(new JobListener.Progress(
                0,
                2,
                500,
                2000,
                Map.of("loss", 0.25, "learning_rate", 0.001, "rows_per_second", 12345.6),
                Duration.ofSeconds(83)));

        assertThat(text.toString())
                .isEqualTo(
                        "\r  [" + "=".repeat(8) + " ".repeat(22)
                                + "] epoch   0/2  loss 0.2500, step 500/2,000, learning rate 0.00100, 12,346 rows/s, 83 s left");
    }

    @Test
    void drawsOverALongerLine() {
        JobProgress progress = new JobProgress(new PrintWriter(text), true);
        progress.advanced(epoch(1, 2, Map.of("loss", 1.0, "accuracy", 0.5)));
        int longer = text.toString().length();
        progress.advanced(epoch(2, 2, Map.of("loss", 1.0)));

        assertThat(text.toString()).hasSize(2 * longer);
    }

    @Test
    void tellsTheEpochsOfEachAttempt() {
        JobProgress progress = new JobProgress(new PrintWriter(text), false);
        progress.moved(new JobListener.Move("RUNNING", BEGIN, 1, "", ""));
        progress.advanced(epoch(1, 2, Map.of("loss", 1.0)));
        progress.moved(new JobListener.Move("RETRY_WAIT", BEGIN, 1, "the worker died", ""));
        progress.moved(new JobListener.Move("RUNNING", BEGIN, 2, "", ""));
        progress.advanced(epoch(1, 2, Map.of("loss", 1.0)));

        assertThat(text.toString().lines().filter(line -> line.contains("epoch")))
                .hasSize(2);
        assertThat(text.toString()).contains("  retry_wait (the worker died)");
    }

    private static JobListener.Progress epoch(int number, int of, Map<String, Double> metrics) {
        return new JobListener.Progress(number, of, 0, 0, metrics, Duration.ZERO);
    }
}
