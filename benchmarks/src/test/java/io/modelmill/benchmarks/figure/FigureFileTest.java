package io.modelmill.benchmarks.figure;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FigureFileTest {
    @TempDir
    Path directory;

    @Test
    void writesEveryFieldOfEveryFigure() throws IOException {
        Path file = directory.resolve("bench/predict.json");
        FigureFile.write(file, List.of(Figure.of("old", 1, "ms")));
        FigureFile.write(
                file, List.of(Figure.of("median", 1.5, "ms"), new Figure("share", 0.4, "ratio", ">= 0.5", false)));

        JsonArray figures = JsonParser.parseString(Files.readString(file)).getAsJsonArray();
        assertThat(figures).hasSize(2);
        JsonObject median = figures.get(0).getAsJsonObject();
        assertThat(median.keySet()).containsExactly("name", "value", "unit", "goal", "holds");
        assertThat(median.get("goal").isJsonNull()).isTrue();
        JsonObject share = figures.get(1).getAsJsonObject();
        assertThat(share.get("holds").getAsBoolean()).isFalse();
        assertThat(share.get("value").getAsDouble()).isEqualTo(0.4);
    }

    @Test
    void hasNullForWhatIsNoNumber() throws IOException {
        Path file = directory.resolve("bench/none.json");
        FigureFile.write(file, List.of(Figure.of("p99", Double.NaN, "ms", Goal.atMost(1))));

        JsonObject figure = JsonParser.parseString(Files.readString(file))
                .getAsJsonArray()
                .get(0)
                .getAsJsonObject();
        assertThat(figure.get("value").isJsonNull()).isTrue();
        assertThat(figure.get("holds").getAsBoolean()).isFalse();
    }
}
