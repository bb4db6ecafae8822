package io.modelmill.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.modelmill.fleet.client.JobFollower;
import io.modelmill.fleet.client.Phases;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.train.Expectation;
import io.modelmill.fleet.train.Recipe;
import io.modelmill.fleet.train.RecipeReader;
import io.modelmill.fleet.train.RecipeRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes of {@code examples} from their files to served answers. */
@EndToEnd
class RecipeE2E {
    private final StringWriter text = new StringWriter();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "digits/mlp.yaml, full",
        "digits/cnn.yaml, full",
        "xor/perceptron.yaml, full",
        "line/network.yaml, full",
        "fashion-mnist/mlp-64.yaml, small",
        "fashion-mnist/mlp-128.yaml, small",
        "fashion-mnist/mlp-128-int8.yaml, small",
        "fashion-mnist/cnn.yaml, small",
        "languages/lstm.yaml, small",
        "languages/transformer.yaml, small",
        "languages/transformer-int8.yaml, small",
        "word-embeddings/skip-gram.yaml, small",
        "language-model/transformer.yaml, small",
    })
    void reachesItsFiguresAndIsServedAsTrained(String file, String size, RunningFleet fleet) {
        Recipe recipe = RecipeReader.read(Installation.current().example(file), size, Optional.empty());
        assumeThat(recipe.dataset().files())
                .as("SKIPPED: the data of %s are not there; examples/data/fetch fetches them", file)
                .allMatch(Files::exists);

        RecipeRun.Outcome outcome = run(fleet).train(recipe);

        assertThat(outcome.missed())
                .as("missed figures of %s, measured %s", file, outcome.version().metrics())
                .isEmpty();
        assertThat(outcome.largestDifference()).isLessThanOrEqualTo(RecipeRun.TOLERANCE);
        assertThat(text.toString()).contains("expected: at most 1e-04");
    }

    @Test
    void tellsWhichFigureWasMissed(RunningFleet fleet) throws IOException {
        Recipe good = RecipeReader.read(Installation.current().example("digits/mlp.yaml"), "full", Optional.empty());
        String lazy = Files.readString(good.file())
                .replace("epochs: 50", "epochs: 1")
                .replace("learningRate: 0.003", "learningRate: 1e-9");
        Path file = Files.writeString(folder.resolve("lazy.yaml"), lazy);
        Path data = Installation.current().example("digits");

        RecipeRun.Outcome outcome = run(fleet).train(RecipeReader.read(file, "full", Optional.of(data)));

        assertThat(outcome.missed()).extracting(Expectation::measure).containsExactly("test_accuracy");
        assertThat(outcome.isGood()).isFalse();
        assertThat(text.toString()).containsPattern("test_accuracy +0\\.\\d+ +MISSED \\(expected: >= 0\\.97");
    }

    @Test
    void listsWhatTheServiceFindsWrong(RunningFleet fleet) throws IOException {
        Recipe good = RecipeReader.read(Installation.current().example("digits/mlp.yaml"), "full", Optional.empty());
        String wrong = Files.readString(good.file())
                .replace("labelColumn: digit", "labelColumn: figure")
                .replace("epochs: 50", "epochs: 0");
        Path file = Files.writeString(folder.resolve("wrong.yaml"), wrong);
        Recipe recipe = RecipeReader.read(
                file, "full", Optional.of(Installation.current().example("digits")));

        assertThatThrownBy(() -> run(fleet).validate(recipe))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("check was refused:\n")
                .hasMessageContaining("spec.epochs: ")
                .hasMessageContaining("figure");
    }

    private RecipeRun run(RunningFleet fleet) {
        TenantAccess tenant = fleet.tenant("cook");
        PrintWriter out = new PrintWriter(text, true);
        FleetFolder data = fleet.fleet().options().folder();
        Phases phases = new Phases(data);
        return new RecipeRun(tenant.channel(), tenant.id(), new JobFollower(data, phases, out, false), phases, out);
    }
}
