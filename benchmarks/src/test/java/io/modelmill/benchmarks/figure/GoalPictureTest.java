package io.modelmill.benchmarks.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoalPictureTest {
    @TempDir
    Path directory;

    @Test
    void measuresTheDistanceFromTheGoalEitherWay() {
        assertThat(GoalPicture.share(Goal.atMost(100), 50)).isEqualTo(0.5);
        assertThat(GoalPicture.share(Goal.atLeast(0.8), 1.6)).isEqualTo(0.5);
        assertThat(GoalPicture.share(Goal.atLeast(0.8), 0.4)).isEqualTo(2);
        assertThat(GoalPicture.share(Goal.atMost(100), Double.NaN)).isEqualTo(3);
    }

    @Test
    void readsAGoalAsItIsWritten() {
        assertThat(Goal.parse(Goal.atMost(100).toString())).isEqualTo(Goal.atMost(100));
        assertThat(Goal.parse(Goal.atLeast(0.9).toString())).isEqualTo(Goal.atLeast(0.9));
    }

    @Test
    void drawsWithoutAScreen() throws IOException {
        Path file = directory.resolve("bench/some.png");
        GoalPicture.write(
                file,
                "title",
                List.of(
                        Figure.of("told", 1, "ms"),
                        Figure.of("failed", 0, "calls", Goal.atMost(0)),
                        Figure.of("good", 1, "ratio", Goal.atLeast(0.9)),
                        Figure.of("lost", Double.NaN, "ratio", Goal.atLeast(0.9))));

        assertThat(ImageIO.read(file.toFile()).getWidth()).isPositive();
    }

    @Test
    void drawsNothingWithoutGoals() throws IOException {
        Path file = directory.resolve("none.png");
        GoalPicture.write(file, "title", List.of(Figure.of("told", 1, "ms")));

        assertThat(file).doesNotExist();
    }
}
