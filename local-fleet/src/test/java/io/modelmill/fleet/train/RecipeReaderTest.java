package io.modelmill.fleet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeReaderTest {
    private static final String GOOD = """
            model: {id: flowers, displayName: Flowers, description: Tells flowers apart.}
            dataset:
              id: meadow
              description: Some flowers.
              format: csv
              folder: data
              files: [flowers.csv]
              columns: {petals: number}
            spec:
              data: {labelColumn: kind, testFraction: 0.2}
              network:
                layers:
                  - {type: dense, units: 16, activation: relu}
                  - {type: residual, layers: [{type: dense, units: 16}]}
                  - {type: dense, units: 3}
              loss: {type: cross_entropy}
              optimizer: {type: adam, learning_rate: 1e-3, nesterov: true}
              epochs: 10
              batchSize: 16
              seed: 12345678901
              maxDuration: 60s
            expect:
              test_accuracy: {atLeast: 0.9, baseline: 0.34}
              test_loss: {atMost: 1e-1}
            sizes:
              small:
                dataset: {files: [few.csv]}
                spec: {epochs: 2, maxDuration: null, network: {layers: [{type: dense, units: 3}]}}
                expect: {test_accuracy: {atLeast: 0.5}, test_loss: null}
            scheduling: {resourceClass: small, priority: 5, maxQueueDuration: 60s}
            """;

    @TempDir
    Path folder;

    @Test
    void readsAllOfARecipe() throws IOException {
        Recipe recipe = read(GOOD, "full");

        assertThat(recipe.model()).isEqualTo(new Recipe.Model("flowers", "Flowers", "Tells flowers apart."));
        assertThat(recipe.dataset())
                .isEqualTo(new Recipe.Dataset(
                        "meadow",
                        "Some flowers.",
                        "csv",
                        List.of(folder.resolve("data/flowers.csv")),
                        Map.of("petals", "number")));
        assertThat(recipe.spec())
                .startsWith("{\"data\":{\"labelColumn\":\"kind\",\"testFraction\":0.2},\"network\":{\"layers\":[")
                .contains("\"learning_rate\":0.001", "\"seed\":12345678901", "\"nesterov\":true");
        assertThat(recipe.scheduling())
                .isEqualTo("{\"resourceClass\":\"small\",\"priority\":5,\"maxQueueDuration\":\"60s\"}");
        assertThat(recipe.expectations())
                .containsExactly(
                        new Expectation("test_accuracy", Optional.of(0.9), Optional.empty(), Optional.of(0.34)),
                        new Expectation("test_loss", Optional.empty(), Optional.of(0.1), Optional.empty()));
    }

    @Test
    void laysASizeOverTheRest() throws IOException {
        Recipe recipe = read(GOOD, "small");

        assertThat(recipe.dataset().files()).containsExactly(folder.resolve("data/few.csv"));
        assertThat(recipe.dataset().id()).isEqualTo("meadow");
        assertThat(recipe.spec())
                .contains("\"epochs\":2", "\"layers\":[{\"type\":\"dense\",\"units\":3}]", "\"batchSize\":16")
                .doesNotContain("maxDuration");
        assertThat(recipe.expectations())
                .containsExactly(
                        new Expectation("test_accuracy", Optional.of(0.5), Optional.empty(), Optional.of(0.34)));
    }

    @Test
    void readsJsonToo() throws IOException {
        Path file = Files.writeString(folder.resolve("recipe.json"), """
                {"model": {"id": "flowers"}, "dataset": {"id": "meadow", "format": "npz", "files": ["flowers.npz"]},
                \t"spec": {"epochs": 1}, "expect": {"test_accuracy": {"atLeast": 0.9}}}
                """);

        Recipe recipe = RecipeReader.read(file, "full", Optional.of(Path.of("/elsewhere")));

        assertThat(recipe.model()).isEqualTo(new Recipe.Model("flowers", "flowers", ""));
        assertThat(recipe.dataset().files()).containsExactly(Path.of("/elsewhere/flowers.npz"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            model: {id: flowers, | model: {id: Flowers,      | line 1: model.id: "Flowers" (expected: [a-z][a-z0-9-]{0,62})
            model: {id: flowers, | model: {                  | line 1: model.id: missing (expected: [a-z][a-z0-9-]{0,62})
            model: {id: flowers, | model: {id: 5,            | line 1: model.id: 5 (expected: text)
            displayName:         | name:                     | line 1: model.name: unknown (expected: one of id, displayName, description)
            format: csv          | format: xls               | line 5: dataset.format: "xls" (expected: one of csv, tsv, npz, idx, images, text)
            format: csv          | format:                   | line 5: dataset.format: missing (expected: one of csv, tsv, npz, idx, images, text)
            files: [flowers.csv] | files: flowers.csv        | line 7: dataset.files: "flowers.csv" (expected: a list of texts)
            files: [flowers.csv] | files: []                 | line 7: dataset.files: none (expected: at least one name of a file)
            files: [flowers.csv] | files: [../flowers.csv]   | line 7: dataset.files: "../flowers.csv" (expected: [A-Za-z0-9._-]{1,200})
            files: [flowers.csv] | files: [7]                | line 7: dataset.files[0]: 7 (expected: text)
            petals: number       | petals: int               | line 8: dataset.columns.petals: "int" (expected: one of number, text)
            files: [flowers.csv] | rows: 5                   | line 7: dataset.rows: unknown (expected: one of id, format, folder, files, columns, description)
            loss: {type          | los: {type                | line 16: spec.los: unknown (expected: one of data, network, loss,
            units: 16, act       | unit: 16, act             | line 13: spec.network.layers[0].unit: unknown (expected: one of type, units,
            units: 16}]}         | units: no}]}              | line 14: spec.network.layers[1].layers[0].units: false (expected: a whole number of 32 bits)
            units: 3}            | units: 3.5}               | line 15: spec.network.layers[2].units: 3.5 (expected: a whole number of 32 bits)
            units: 3}            | units: 3000000000}        | line 15: spec.network.layers[2].units: 3000000000 (expected: a whole number of 32 bits)
            loss: {type: cross_e | loss: cross_e             | line 16: spec.loss: "cross_entropy}" (expected: fields)
            learning_rate: 1e-3  | learningRate: fast        | line 17: spec.optimizer.learningRate: "fast" (expected: a number)
            learning_rate: 1e-3  | learningRate: 1e999       | line 17: spec.optimizer.learningRate: "1e999" (expected: a number)
            learning_rate: 1e-3  | learningRate: .inf        | line 17: spec.optimizer.learningRate: ".inf" (expected: a number)
            learning_rate: 1e-3  | learningRate: 1, learning_rate: 1 | line 17: spec.optimizer.learning_rate: a second time, under its other name (expected: once)
            nesterov: true       | nesterov: 1               | line 17: spec.optimizer.nesterov: 1 (expected: true or false)
            type: adam           | type: 5                   | line 17: spec.optimizer.type: 5 (expected: text, in quotes if it looks like a number)
            batchSize: 16        | epochs: 16                | line 19: spec.epochs: a second time (expected: once; first on line 18)
            seed: 12345678901    | seed: 12345678901234567890 | line 20: spec.seed: 12345678901234567890 (expected: a whole number of 64 bits)
            maxDuration: 60s     | maxDuration: 60           | line 21: spec.maxDuration: 60 (expected: seconds such as "600s")
            priority: 5          | priority: high            | line 30: scheduling.priority: "high" (expected: a whole number of 32 bits)
            priority: 5          | prio: 5                   | line 30: scheduling.prio: unknown (expected: one of resourceClass, priority, after, maxQueueDuration)
            seed: 12345678901    | model: tenants/a/models/b | line 20: spec.model: given (expected: left out, as the command fills it in)
            layers:              | layers: {}}               | recipe.yaml, line 12
            atLeast: 0.9,        | atleast: 0.9,             | line 23: expect.test_accuracy.atleast: unknown (expected: one of atLeast, atMost, baseline)
            atLeast: 0.9,        | atLeast: much,            | line 23: expect.test_accuracy.atLeast: "much" (expected: a number)
            atLeast: 0.9,        |                           | line 23: expect.test_accuracy: no bound (expected: atLeast or atMost)
            baseline: 0.34       | baseline: 0.95            | line 23: expect.test_accuracy: baseline 0.95 (expected: one that is out of the bounds)
            {atMost: 1e-1}       | 0.1                       | line 24: expect.test_loss: 0.1 (expected: fields)
            small:               | Small:                    | line 26: sizes.Small: a name that cannot be (expected: [a-z][a-z0-9-]{0,62}, not full)
            small:               | full:                     | line 26: sizes.full: a name that cannot be (expected: [a-z][a-z0-9-]{0,62}, not full)
            spec: {epochs: 2     | specs: {epochs: 2         | line 28: sizes.small.specs: unknown (expected: one of dataset, spec, scheduling, expect)
            spec: {epochs: 2     | spec: {epoch: 2           | line 28: spec.epoch: unknown (expected: one of
            test_accuracy: {atLeast: 0.5} | test_accuracy: {atLeast: 0.3} | line 29: expect.test_accuracy: baseline 0.34 (expected: one that is out of the bounds)
            files: [few.csv]     | files: []                 | line 27: dataset.files: none (expected: at least one name of a file)
            sizes:               | size:                     | line 25: size: unknown (expected: one of model, dataset, spec, expect, scheduling, sizes)
            """)
    void namesEveryFaultWithItsLine(String part, String instead, String message) {
        assertThat(GOOD).contains(part);
        String bad = GOOD.replaceFirst(
                java.util.regex.Pattern.quote(part),
                instead == null ? "" : java.util.regex.Matcher.quoteReplacement(instead));

        assertThatThrownBy(() -> read(bad, "full"))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                    | line 1: nothing (expected: model, dataset, spec, expect and perhaps sizes)
            [1, 2]                                | line 1: a list (expected: model,
            a: &x 1\\nb: *x                       | line 2: b: *x (expected: the value itself, no reference)
            a: 1\\n---\\nb: 2                     | a second document (expected: one)
            model: {id: [}                        | recipe.yaml, line 1
            model: x\\nsizes: {small: 7}          | line 2: sizes.small: 7 (expected: fields)
            """)
    void refusesWhatIsNoRecipe(String text, String message) {
        assertThatThrownBy(() -> read(text.replace("\\n", "\n"), "full"))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(message);
    }

    @Test
    void tellsAllFaultsAtOnceInTheFilesOrder() {
        String bad = GOOD.replace("epochs: 10", "epochs: ten").replace("id: flowers", "id: FLOWERS");

        assertThatThrownBy(() -> read(bad, "full"))
                .hasMessageStartingWith(folder.resolve("recipe.yaml") + ": 2 faults\n  line 1: model.id")
                .hasMessageContaining("\n  line 18: spec.epochs: \"ten\" (expected: a whole number of 32 bits)");
    }

    @Test
    void refusesFilesThatCannotBeRead() throws IOException {
        Path file = folder.resolve("recipe.yaml");
        assertThatThrownBy(() -> RecipeReader.read(file, "full", Optional.empty()))
                .hasMessage(file + ": not there (expected: a recipe in YAML or JSON)");
        Files.write(file, "a: \u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> RecipeReader.read(file, "full", Optional.empty()))
                .hasMessage(file + ": not UTF-8");
        Files.write(file, new byte[(1 << 20) + 1]);
        assertThatThrownBy(() -> RecipeReader.read(file, "full", Optional.empty()))
                .hasMessage(file + ": 1048577 bytes (expected: at most 1048576)");
    }

    @Test
    void refusesASizeThatThereIsNot() {
        assertThatThrownBy(() -> read(GOOD, "tiny")).hasMessage("--size: \"tiny\" (expected: one of full, small)");
    }

    @Test
    void saysWhichFileOfTheDataSetIsMissing() throws IOException {
        Recipe.Dataset dataset = read(GOOD, "full").dataset();
        assertThatThrownBy(dataset::requireFiles)
                .hasMessageContaining("dataset.files: " + folder.resolve("data/flowers.csv") + " is not there");

        Files.createDirectory(folder.resolve("data"));
        Files.createFile(folder.resolve("data/flowers.csv"));
        dataset.requireFiles();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void readsEveryExampleInEverySize(Path file) throws IOException {
        Recipe full = RecipeReader.read(file, "full", Optional.empty());

        assertThat(full.expectations()).as("figures of %s", file).isNotEmpty();
        if (Files.readString(file).contains("\n  small:")) {
            RecipeReader.read(file, "small", Optional.empty());
        }
    }

    static List<Path> examples() throws IOException {
        Path examples = Installation.current().example("");
        try (Stream<Path> files = Files.walk(examples, 2)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    private Recipe read(String text, String size) throws IOException {
        return RecipeReader.read(Files.writeString(folder.resolve("recipe.yaml"), text), size, Optional.empty());
    }
}
