package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DatasetFacts.Column;
import io.modelmill.trainingspec.job.DatasetFacts.Kind;
import io.modelmill.trainingspec.network.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DataRulesTest {
    private static final Column LENGTH = Column.of("length", Kind.NUMBER, List.of(), 0);
    private static final Column SPECIES = Column.of("species", Kind.TEXT, List.of("a", "b", "c"), 0);
    private static final Column PRICE = Column.of("price", Kind.NUMBER, List.of(), 0);
    private static final Column GAPS = Column.of("gaps", Kind.NUMBER, List.of("1", "2"), 7);
    private static final Column CONSTANT = Column.of("constant", Kind.NUMBER, List.of("1"), 0);
    private static final Column COLOUR = Column.of("colour", Kind.TEXT, List.of("red", "blue"), 3);
    private static final Column NAMES = Column.of("names", Kind.TEXT, List.of(), 0);
    private static final Column IMAGE = new Column("image", Kind.TENSOR, List.of(1L, 28L, 28L), 1, List.of(), 0);
    private static final Column USE = Column.of("use", Kind.TEXT, List.of("test", "train"), 0);
    private static final String REGRESSION = "loss { type: \"mean_squared_error\" }";

    @Test
    void takesSpecsThatFitTheData() {
        assertThat(faults(classifier("species", "length", "price"))).isEmpty();
        assertThat(faults(Specs.classifier("data { label_column: \"price\" feature_columns: \"length\" }", REGRESSION)))
                .isEmpty();
    }

    @Test
    void wantsOneUnitForEachClass() {
        assertThat(faults(Specs.job(
                        Specs.CLASSES,
                        "data { feature_columns: \"length\" } network { layers { type: \"dense\" units: 10 } }")))
                .containsExactly("network.layers[0].units: 10 (expected: 3, the number of classes in \"species\")");
        assertThat(faults(Specs.job(
                        "loss { type: \"binary_cross_entropy\" }",
                        "data { label_column: \"species\" feature_columns: \"length\" }",
                        "network { layers { type: \"dense\" units: 3 } }")))
                .containsExactly(
                        "data.label_column: \"species: 3 distinct values\""
                                + " (expected: 2 classes for binary_cross_entropy)",
                        "network.layers[0].units: 3 (expected: 1, binary_cross_entropy takes one output)");
    }

    @Test
    void wantsTwoToThousandClasses() {
        assertThat(faults(classifier("price", "length")))
                .containsExactly("data.label_column: \"price: more than 1000 distinct values\""
                        + " (expected: 2 to 1000 classes for cross_entropy)");
        assertThat(faults(classifier("constant", "length")))
                .containsExactly("data.label_column: \"constant: 1 distinct values\""
                        + " (expected: 2 to 1000 classes for cross_entropy)");
    }

    @Test
    void wantsAWeightForEachClass() {
        assertThat(faults(Specs.classifier(
                        "data { feature_columns: \"length\" } loss { class_weights: 1 class_weights: 2 }")))
                .containsExactly(
                        "loss.class_weights: \"2 weights\"" + " (expected: 3, one for each class in \"species\")");
    }

    @Test
    void wantsNumbersAndOneUnitForRegression() {
        assertThat(faults(Specs.job(
                        REGRESSION,
                        "data { label_column: \"species\" feature_columns: \"length\" }",
                        "network { layers { type: \"dense\" units: 3 } }")))
                .containsExactly(
                        "data.label_column: \"species: text\" (expected: numbers for mean_squared_error)",
                        "network.layers[0].units: 3 (expected: 1, one number is predicted)");
    }

    @Test
    void refusesUnknownAndIncompleteColumns() {
        assertThat(faults(classifier("gaps", "length", "lenght", "constant")))
                .containsExactly(
                        "data.label_column: \"gaps: 7 missing values\" (expected: a value in every row)",
                        "data.feature_columns[1]: \"lenght\" (expected: one of length, species, price, gaps, constant)");
        assertThat(faults(classifier("colour", "gaps")))
                .containsExactly(
                        "data.label_column: \"colour\" (expected: one of length, species, price, gaps, constant)",
                        "data.feature_columns[0]: \"gaps: 7 missing values\" (expected: a number in every row)");
    }

    @Test
    void takesMissingValuesThatCleaningReplaces() {
        assertThat(faults(Specs.classifier("data { feature_columns: \"gaps\" cleaning { missing: \"mean\" } }")))
                .isEmpty();
        assertThat(faults(Specs.classifier(
                        "data { label_column: \"gaps\" feature_columns: \"length\" cleaning { missing: \"mean\" } }")))
                .as("a label cannot be replaced")
                .containsExactly("data.label_column: \"gaps: 7 missing values\" (expected: a value in every row)");
        assertThat(faults(Specs.classifier(
                        "data { label_column: \"gaps\" feature_columns: \"length\" cleaning { missing: \"drop\" } }")))
                .isEmpty();
    }

    @Test
    void takesAllOtherColumnsIfNoneIsNamed() {
        assertThat(faults(Specs.classifier()))
                .containsExactly("data.feature_columns: \"gaps: 7 missing values\" (expected: a number in every row)");
        assertThat(faults(Specs.classifier(), facts(9, SPECIES)))
                .containsExactly("data.feature_columns: \"none besides the label\" (expected: at least one column)");
    }

    @Test
    void wantsRowsOnEverySideOfTheSplit() {
        assertThat(faults(Specs.classifier(), facts(4, LENGTH, SPECIES)))
                .containsExactly("data.test_fraction: \"0.2 of 4 rows\""
                        + " (expected: at least one row held out and one to train)");
        assertThat(faults(Specs.classifier("data { split { validation_fraction: 0.1 } }"), facts(8, LENGTH, SPECIES)))
                .containsExactly("data.split.validation_fraction: \"0.1 of 8 rows\""
                        + " (expected: at least one row to validate and one to train)");
        assertThat(faults(Specs.classifier("data { split { type: \"none\" } }"), facts(4, LENGTH, SPECIES)))
                .isEmpty();
    }

    @Test
    void splitsByWhatTheDataTell() {
        TrainingSpec given = Specs.classifier("data { split { type: \"given\" } }");
        DatasetFacts told = new DatasetFacts(9, 99, List.of(LENGTH, SPECIES), Map.of("train", 6L, "test", 3L));
        assertThat(faults(given, told)).isEmpty();
        assertThat(faults(given, facts(9, LENGTH, SPECIES)))
                .containsExactly("data.split.type: \"no subsets\" (expected: rows for train and test in the data set's"
                        + " files, or a split.column)");
        assertThat(faults(given, new DatasetFacts(9, 99, List.of(LENGTH, SPECIES), Map.of("train", 9L))))
                .containsExactly("data.split.type: \"rows for train\" (expected: rows for train and test in the data"
                        + " set's files, or a split.column)");
        assertThat(faults(Specs.classifier("data { split { type: \"given\" } } early_stopping { patience: 1 }"), told))
                .containsExactly("data.split.validation_fraction: 0.0"
                        + " (expected: above 0: early stopping needs validation rows, and the data tell none)");
        assertThat(faults(
                        Specs.classifier("data { split { type: \"given\" validation_fraction: 0.1 } }"),
                        new DatasetFacts(
                                9, 99, List.of(LENGTH, SPECIES), Map.of("train", 6L, "test", 2L, "validation", 1L))))
                .containsExactly(
                        "data.split.validation_fraction: 0.1 (expected: 0: the data tell which rows validate)");
    }

    @Test
    void splitsByAColumn() {
        String given = "data { split { type: \"given\" column: \"C\" } }";
        assertThat(faults(Specs.classifier(given.replace("C", "use")), facts(9, LENGTH, SPECIES, USE)))
                .isEmpty();
        assertThat(faults(Specs.classifier(given.replace("C", "usage")), facts(9, LENGTH, SPECIES, USE)))
                .containsExactly("data.split.column: \"usage\" (expected: one of length, species, use)");
        assertThat(faults(Specs.classifier(given.replace("C", "colour")), facts(9, LENGTH, SPECIES, COLOUR)))
                .containsExactly(
                        "data.split.column: \"colour: 3 missing values\" (expected: a value in every row)",
                        "data.split.column: \"red\" (expected: each value one of train, validation, test)");
        assertThat(faults(Specs.classifier(given.replace("C", "names")), facts(9, LENGTH, SPECIES, NAMES)))
                .containsExactly("data.split.column: \"names: too many distinct values\""
                        + " (expected: each value one of train, validation, test)");
        Column train = Column.of("half", Kind.TEXT, List.of("train"), 0);
        assertThat(faults(Specs.classifier(given.replace("C", "half")), facts(9, LENGTH, SPECIES, train)))
                .containsExactly("data.split.column: \"rows for train\" (expected: rows for train and test)");
        assertThat(faults(
                        Specs.classifier(
                                "data { feature_columns: \"length\" split { type: \"time\" column: \"image\" } }"),
                        facts(9, LENGTH, SPECIES, IMAGE)))
                .containsExactly("data.split.column: \"image: tensors [1, 28, 28]\""
                        + " (expected: a number or text of each row)");
    }

    @Test
    void refusesLayersThatDoNotFitTheRows() {
        TrainingSpec spec = Specs.job(Specs.CLASSES, """
                data { feature_columns: "length" feature_columns: "price" }
                network { layers { type: "conv2d" filters: 2 kernel_size: 3 } layers { type: "dense" units: 4 } }
                """);
        assertThat(faults(spec))
                .containsExactly(
                        "network.layers[1].units: 4 (expected: 3, the number of classes in \"species\")",
                        "network.layers[0].type: \"an input of [2]\""
                                + " (expected: an image [channels, height, width])");
    }

    @Test
    void oneColumnOfTensorsIsAllThatIsPredictedFrom() {
        TrainingSpec images = Specs.job(Specs.CLASSES, """
                data { feature_columns: "image" }
                network { layers { type: "conv2d" filters: 4 kernel_size: 3 } layers { type: "flatten" }
                  layers { type: "dense" } }
                """);
        DatasetFacts facts = facts(9, IMAGE, LENGTH, SPECIES);
        assertThat(plan(images, facts).orElseThrow().layers().getLast().output())
                .isEqualTo(Shape.numbers(3));
        assertThat(faults(Specs.classifier(), facts))
                .containsExactly("data.feature_columns: \"image: tensors [1, 28, 28] beside 1 other columns\""
                        + " (expected: one column of tensors alone, or numbers and texts)");
        assertThat(faults(Specs.classifier("data { label_column: \"image\" feature_columns: \"length\" }"), facts))
                .containsExactly("data.label_column: \"image: tensors [1, 28, 28]\""
                        + " (expected: a number or text of each row)");
    }

    @Test
    void textsOfATableAreCategories() {
        TrainingSpec spec = Specs.classifier("data { feature_columns: \"colour\" feature_columns: \"length\" }");
        DatasetFacts facts = facts(9, COLOUR, LENGTH, SPECIES, NAMES);
        assertThat(plan(spec, facts).orElseThrow().input().shape())
                .as("two colours, a missing one, and a number")
                .isEqualTo(Shape.numbers(4));
        assertThat(plan(
                                Specs.classifier(
                                        "data { feature_columns: \"colour\" feature_columns: \"names\"",
                                        "categories: \"ordinal\" }"),
                                facts)
                        .orElseThrow()
                        .input()
                        .shape())
                .isEqualTo(Shape.numbers(2));
    }

    @Test
    void refusesOnlyWhatIsWrongForAnyNumberOfCategories() {
        String data = "data { feature_columns: \"colour\" }";
        String reshape = "network { layers { type: \"reshape\" shape: 1 shape: N } layers { type: \"flatten\" }"
                + " layers { type: \"dense\" } }";
        DatasetFacts facts = facts(9, COLOUR, SPECIES);
        assertThat(faults(Specs.job(Specs.CLASSES, data, reshape.replace("N", "4")), facts))
                .as("4 may be right")
                .isEmpty();
        assertThat(faults(
                        Specs.job(
                                Specs.CLASSES,
                                data,
                                "network { layers { type: \"lstm\" units: 2 } layers { type: \"dense\" } }"),
                        facts))
                .containsExactly(
                        "network.layers[0].type: \"an input of [3]\"" + " (expected: a sequence [steps, features])");
    }

    @Test
    void textBecomesTokens() {
        String text = "data { text { column: \"names\" tokens: \"word\" max_length: 600 } }";
        String layers = "network { layers { type: \"embedding\" units: 4 } layers { type: \"positional_encoding\" }"
                + " layers { type: \"gru\" units: 3 } layers { type: \"dense\" } }";
        DatasetFacts facts = facts(9, NAMES, LENGTH, SPECIES);
        assertThat(faults(Specs.job(Specs.CLASSES, text, layers), facts))
                .containsExactly("network.layers[1].max_length: 512 (expected: at least 600, the input's steps)");
        assertThat(faults(Specs.job(Specs.CLASSES, text + "data { text { max_length: 512 } }", layers), facts))
                .isEmpty();
        assertThat(faults(Specs.job(Specs.CLASSES, text.replace("names", "length"), layers), facts))
                .containsExactly("data.text.column: \"length: numbers\" (expected: text)");
        assertThat(faults(Specs.job(Specs.CLASSES, text.replace("names", "lines"), layers), facts))
                .containsExactly("data.text.column: \"lines\" (expected: one of names, length, species)");
        assertThat(faults(Specs.classifier(text), facts))
                .containsExactly("network.layers[0].type: \"an input of tokens [any]\""
                        + " (expected: numbers: an embedding must come before)");
    }

    @Test
    void languageModelsAnswerEachToken() {
        String task = "task: \"language_modelling\" loss { type: \"cross_entropy\" }"
                + " data { text { column: \"names\" tokens: \"character\" vocabulary_size: 50 } }";
        String layers = "network { layers { type: \"embedding\" units: 4 } layers { type: \"gru\" units: 3 R }"
                + " layers { type: \"dense\" U } }";
        DatasetFacts facts = facts(9, NAMES);
        String sequences = layers.replace("R", "return_sequences: true");
        assertThat(plan(Specs.job(task, sequences.replace("U", "")), facts)
                        .orElseThrow()
                        .layers()
                        .getLast()
                        .output())
                .as("as many as the vocabulary may have")
                .isEqualTo(Shape.numbers(Shape.ANY, 50));
        assertThat(faults(Specs.job(task, layers.replace("R", "").replace("U", "")), facts))
                .containsExactly(
                        "network.layers[2]: \"an output of [50]\" (expected: [any, tokens]: an answer for each token)");
        assertThat(faults(Specs.job(task, sequences.replace("U", "units: 51")), facts))
                .containsExactly("network.layers[2].units: 51 (expected: not set, for the tokens of the data, or at"
                        + " most 50, data.text.vocabulary_size)");
    }

    @Test
    void languageModelsSplitWindowsAndNotLines() {
        String job =
                "task: \"language_modelling\" loss { type: \"cross_entropy\" } data { text { column: \"names\" tokens:"
                        + " \"word\" } split { validation_fraction: 0.1 } }"
                        + " network { layers { type: \"embedding\" units: 4 } layers { type: \"dense\" } }";
        assertThat(faults(Specs.job(job), facts(1, NAMES))).isEmpty();
    }

    @Test
    void autoencodersAnswerTheirInput() {
        String task =
                "task: \"autoencoding\" loss { type: \"mean_squared_error\" } data { feature_columns: \"image\" }";
        String layers = "network { layers { type: \"flatten\" } layers { type: \"dense\" units: 9 }"
                + " layers { type: \"dense\" } R }";
        DatasetFacts facts = facts(9, IMAGE);
        assertThat(faults(
                        Specs.job(
                                task, layers.replace("R", "layers { type: \"reshape\" shape: 1 shape: 28 shape: 28 }")),
                        facts))
                .isEmpty();
        assertThat(faults(Specs.job(task, layers.replace("R", "")), facts))
                .containsExactly("network.layers[2]: \"an output of [784]\""
                        + " (expected: [1, 28, 28], as the network's input)");
        assertThat(faults(
                        Specs.job(
                                "task: \"autoencoding\" loss { type: \"huber\" }",
                                "network { layers { type: \"dense\" units: 1 } layers { type: \"dense\" } }"),
                        facts(9, LENGTH, PRICE)))
                .isEmpty();
    }

    @Test
    void vectorsOfWordsAreLearntFromOneRow() {
        String task = "task: \"word_embedding\" loss { type: \"cross_entropy\" }"
                + " data { text { column: \"names\" tokens: \"word\" vocabulary_size: 50 } }";
        String layers = "network { layers { type: \"embedding\" units: 4 } F layers { type: \"dense\" } }";
        DatasetFacts facts = facts(9, NAMES);
        assertThat(faults(Specs.job(task, layers.replace("F", "layers { type: \"flatten\" }")), facts))
                .isEmpty();
        assertThat(faults(Specs.job(task, layers.replace("F", "")), facts))
                .containsExactly("network.layers[1]: \"an output of [1, 50]\""
                        + " (expected: one row of values: flatten must come before)");
    }

    @Test
    void whatIsQuantisedIsSplitAsItsParentWas() {
        String quantization = "task: \"quantization\" quantization { parent_version: \"P\" }"
                .replace("P", "tenants/acme/models/iris/versions/1");
        String names = "model: \"tenants/acme/models/iris\" dataset_version: \"tenants/acme/datasets/d/versions/1\"";
        TrainingSpec text =
                Specs.parse(names + quantization + " data { text { column: \"names\" tokens: \"character\" } }");
        assertThat(text.data().split().type()).isEqualTo("time");
        assertThat(quantized(text, facts(1, NAMES))).isEmpty();
        assertThat(quantized(
                        Specs.parse(names + quantization
                                + " data { label_column: \"species\" split { type: \"stratified\" } }"),
                        facts(9, LENGTH, SPECIES)))
                .isEmpty();
        assertThat(Specs.faults(Specs.parse(names + quantization + " data { split { type: \"stratified\" } }")))
                .containsExactly("data.split.type: \"stratified\""
                        + " (expected: another: only the classes of classification can be stratified)");
    }

    private static List<String> quantized(TrainingSpec spec, DatasetFacts facts) {
        assertThat(Specs.faults(spec)).as("sound by itself").isEmpty();
        Faults faults = Faults.ofSpec();
        assertThat(DataRules.check(spec, facts, faults)).as("no network").isEmpty();
        return faults.found().stream().map(Fault::toString).toList();
    }

    @Test
    void answersAreOneRow() {
        assertThat(faults(
                        Specs.job(
                                Specs.CLASSES,
                                "data { feature_columns: \"image\" }",
                                "network { layers { type: \"reshape\" shape: 28 shape: 28 } layers { type: \"dense\" } }"),
                        facts(9, IMAGE, SPECIES)))
                .containsExactly("network.layers[1]: \"an output of [28, 3]\" (expected: one row of values)");
        assertThat(faults(
                        Specs.job(
                                REGRESSION,
                                "data { label_column: \"length\" feature_columns: \"image\" }",
                                "network { layers { type: \"reshape\" shape: 28 shape: 28 } layers { type: \"dense\" }"
                                        + " layers { type: \"flatten\" } }"),
                        facts(9, IMAGE, LENGTH)))
                .containsExactly("network.layers[2]: \"an output of [28]\" (expected: [1], one number is predicted)");
    }

    private static TrainingSpec classifier(String label, String... features) {
        StringBuilder data = new StringBuilder("data { label_column: \"" + label + "\"");
        for (String feature : features) {
            data.append(" feature_columns: \"").append(feature).append('"');
        }
        return Specs.classifier(data.append(" }").toString());
    }

    private static DatasetFacts facts(long rows, Column... columns) {
        return new DatasetFacts(rows, 1_000, List.of(columns), Map.of());
    }

    private static List<String> faults(TrainingSpec spec) {
        return faults(spec, facts(100, LENGTH, SPECIES, PRICE, GAPS, CONSTANT));
    }

    private static List<String> faults(TrainingSpec spec, DatasetFacts facts) {
        assertThat(Specs.faults(spec)).as("sound by itself").isEmpty();
        Faults faults = Faults.ofSpec();
        Optional<NetworkPlan> plan = DataRules.check(spec, facts, faults);
        assertThat(plan.isPresent() || !faults.isEmpty()).isTrue();
        return faults.found().stream().map(Fault::toString).toList();
    }

    private static Optional<NetworkPlan> plan(TrainingSpec spec, DatasetFacts facts) {
        assertThat(faults(spec, facts)).isEmpty();
        return DataRules.check(spec, facts, Faults.ofSpec());
    }
}
