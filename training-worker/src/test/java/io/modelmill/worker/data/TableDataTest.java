package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.Subset;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class TableDataTest {
    private static final float NAN = Float.NaN;
    private static final DataSpecs ALL = DataSpecs.label("kind").split("none", 0, "");

    @TempDir
    Path folder;

    @Test
    void readsFeaturesAndClasses() {
        try (TrainingData data = prepare(ALL, "a,kind,b", "1,x,2.5", "-3e1,y,0", "4,x,-0")) {
            assertThat(data.answers()).isEqualTo(new Answers.Classes(List.of("x", "y"), List.of(2L, 1L)));
            assertThat(data.training().count()).isEqualTo(3);
            assertThat(data.validation().count()).isZero();
            assertThat(data.heldOut().count()).isZero();
            assertThat(features(data)).containsExactly(1, 2.5f, -30, 0, 4, 0);
            try (PointerScope scope = new PointerScope()) {
                Batch batch = data.training().read(new long[] {2, 1});
                assertThat(floats(batch.inputs().getFirst())).containsExactly(4, 0, -30, 0);
                assertThat(longs(batch.target())).containsExactly(0, 1);
            }
            Feed feed = data.training().feeds(new long[] {1}).getFirst();
            assertThat(feed.input()).isEqualTo("features");
            assertThat((float[]) feed.values()).containsExactly(-30, 0);
            assertThat(feed.shape()).containsExactly(1, 2);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void ordersNumericClassesByNumberAndOthersAsText() {
        try (TrainingData data = prepare(ALL, "a,kind", "1,10", "1,9", "1,-1", "1,1.0", "1,1")) {
            assertThat(((Answers.Classes) data.answers()).labels()).containsExactly("-1", "1", "1.0", "9", "10");
        }
        try (TrainingData data = prepare(ALL, "a,kind", "1,10", "1,9", "1,b")) {
            assertThat(((Answers.Classes) data.answers()).labels()).containsExactly("10", "9", "b");
        }
    }

    @Test
    void readsNumbersToPredict() {
        DataSpecs spec = DataSpecs.label("y").split("none", 0, "");
        try (TrainingData data = prepare(Task.REGRESSION, spec, table("x,y", "1,1.5", "2,-2"))) {
            assertThat(data.answers()).isEqualTo(new Answers.Number());
            try (PointerScope scope = new PointerScope()) {
                Tensor target = data.training().read(new long[] {0, 1}).target();
                assertThat(floats(target)).containsExactly(1.5f, -2);
                assertThat(target.sizes().vec().get()).containsExactly(2, 1);
            }
        }
    }

    @Test
    void predictsARowFromItself() {
        DataSpecs spec = DataSpecs.label("").split("none", 0, "");
        try (TrainingData data = prepare(Task.AUTOENCODING, spec, table("x,y", "1,1.5", "2,-2"))) {
            assertThat(data.answers()).isEqualTo(new Answers.Itself());
            assertThat(features(data)).containsExactly(1, 1.5f, 2, -2);
            try (PointerScope scope = new PointerScope()) {
                assertThat(data.training().read(new long[] {0}).target().numel())
                        .isZero();
            }
        }
    }

    @Test
    void takesTheFeaturesThatWereAskedForInThatOrder() {
        try (TrainingData data = prepare(ALL.features("c", "a"), "a,kind,b,c", "1,x,2,3", "4,y,5,6")) {
            assertThat(features(data)).containsExactly(3, 1, 6, 4);
        }
    }

    @Test
    void holdsOutAndNamesTheRows() {
        String[] lines = new String[51];
        lines[0] = "a,kind";
        for (int row = 0; row < 50; row++) {
            lines[row + 1] = row + "," + (row < 10 ? "rare" : "often");
        }
        try (TrainingData data = prepare(ALL.split("stratified", 0.1, ""), lines)) {
            assertThat(data.heldOut().count()).isEqualTo(10);
            assertThat(data.validation().count()).isEqualTo(5);
            assertThat(((Answers.Classes) data.answers()).counts()).containsExactly(28L, 7L);
            String json = new String(data.files().get("held-out-rows.json"), StandardCharsets.UTF_8);
            List<String> numbers = new ArrayList<>();
            for (float value : features(data, data.heldOut())) {
                numbers.add(Integer.toString((int) value));
            }
            assertThat(json).isEqualTo("[" + String.join(", ", numbers) + "]");
            assertThat(data.facts())
                    .containsEntry("rows", 50L)
                    .containsEntry("training_rows", 35L)
                    .containsEntry("validation_rows", 5L)
                    .containsEntry("held_out_rows", 10L);
        }
    }

    @Test
    void replacesMissingNumbersByWhatTrainingRowsHave() {
        String[] lines = {"a,b,kind,for", "1,9,x,train", ",9,y,train", "2,,x,train", "6,1,y,train", "1000,1000,x,test"};
        DataSpecs given = ALL.split("given", 0, "for");
        assertThat(fed(given.missing("constant", -7), lines)).containsExactly(1, 9, -7, 9, 2, -7, 6, 1);
        assertThat(fed(given.missing("mean", 0), lines)).containsExactly(1, 9, 3, 9, 2, 19 / 3f, 6, 1);
        assertThat(fed(given.missing("median", 0), lines)).containsExactly(1, 9, 2, 9, 2, 9, 6, 1);
        assertThatThrownBy(
                        () -> fed(given.missing("mean", 0), "a,b,kind,for", "1,,x,train", "2,,y,train", "3,4,x,test"))
                .hasMessage(
                        "column \"b\": no training row has a number (expected: at least 1, for data.cleaning.missing mean)");
    }

    @Test
    void medianOfTwoLiesInTheMiddle() {
        String[] lines = {"a,kind", "-8,x", "3,x", ",y", "-0,x", "5,y"};
        assertThat(fed(ALL.missing("median", 0), lines)).containsExactly(-8, 3, 1.5f, 0, 5);
        assertThat(fed(ALL.missing("median", 0), "a,kind", "2,x", "2,x", ",y", "9,x", "-1,y"))
                .containsExactly(2, 2, 2, 9, -1);
    }

    @Test
    void normalizesWhatWasReplaced() {
        String[] lines = {"a,kind,for", "2,x,train", ",x,train", "6,y,train", "100,y,test"};
        DataSpecs given = ALL.split("given", 0, "for").missing("constant", 10);
        assertThat(fed(given.normalization("min_max"), lines)).containsExactly(0, 1, 0.5f);
        assertThat(fed(given.normalization("scale_255"), lines))
                .containsExactly(new float[] {2 / 255f, 10 / 255f, 6 / 255f}, Offset.offset(1e-8f));
        float deviation = (float) Math.sqrt(32 / 3.0);
        float[] scaled = fed(given.normalization("z_score"), lines);
        assertThat(scaled[0]).isCloseTo(-4 / deviation, Offset.offset(1e-6f));
        assertThat(scaled[2]).isZero();
    }

    @Test
    void keepsWhatDoesNotVaryFinite() {
        for (String normalization : List.of("min_max", "z_score")) {
            assertThat(fed(ALL.normalization(normalization), "a,b,kind", "7,0,x", "7,1.4e-45,y"))
                    .as(normalization)
                    .doesNotContain(NAN, Float.POSITIVE_INFINITY);
        }
    }

    @Test
    void dropsRowsThatMissSomething() {
        DataSpecs spec = ALL.missing("drop", 0);
        String[] lines = {"a,kind,c", "1,x,red", ",y,red", "3,,red", "4,y,", "5,y,blue"};
        try (TrainingData data = prepare(Task.CLASSIFICATION, spec, table(lines), Set.of("c"))) {
            assertThat(features(data)).containsExactly(1, 0, 1, 5, 1, 0);
            assertThat(data.facts()).containsEntry("dropped_missing_rows", 3L).containsEntry("rows", 5L);
        }
        assertThatThrownBy(() -> prepare(spec, "a,kind", ",x", "1,"))
                .hasMessage("all 2 row(s) of the data set were dropped (expected: at least 1 left;"
                        + " data.cleaning says which are dropped)");
    }

    @Test
    void dropsDuplicatesButTheFirst() {
        String[] lines = {"a,kind,c", "1,x,red", "1,y,red", "1,x,red", "1,x,blue", "-0,x,red", "0,x,red"};
        DataSpecs spec = ALL.duplicates("drop");
        try (TrainingData data = prepare(Task.CLASSIFICATION, spec, table(lines), Set.of("c"))) {
            assertThat(data.training().count()).isEqualTo(4);
            assertThat(data.facts()).containsEntry("dropped_duplicate_rows", 2L);
        }
        String[] many = new String[20_001];
        many[0] = "a,kind";
        for (int row = 0; row < 20_000; row++) {
            many[row + 1] = row % 7_000 + "," + row % 2;
        }
        try (TrainingData data = prepare(spec, many)) {
            assertThat(data.training().count()).isEqualTo(7_000);
        }
    }

    @Test
    void dropsOutliersFromTrainingAlone() {
        String[] lines = outliers();
        DataSpecs spec = ALL.split("given", 0, "for").outliers("drop", 3);
        try (TrainingData data = prepare(spec, lines)) {
            assertThat(data.training().count()).isEqualTo(20);
            assertThat(data.heldOut().count()).isEqualTo(1);
            assertThat(data.facts()).containsEntry("dropped_outlier_rows", 1L);
        }
    }

    @Test
    void cutsOutliersInTheModel() {
        String[] lines = outliers();
        double mean = 1000 / 21.0;
        double deviation = Math.sqrt(1e6 / 21 - mean * mean);
        try (TrainingData data = prepare(ALL.split("given", 0, "for").outliers("clip", 3), lines)) {
            assertThat(data.training().count()).isEqualTo(21);
            assertThat(features(data)[20]).isEqualTo((float) (mean + 3 * deviation));
            assertThat(features(data, data.heldOut())).containsExactly((float) (mean - 3 * deviation));
            assertThat((float[]) data.heldOut().feeds(new long[] {0}).getFirst().values())
                    .containsExactly(-5000);
        }
    }

    private static String[] outliers() {
        String[] lines = new String[23];
        lines[0] = "a,kind,for";
        for (int row = 0; row < 20; row++) {
            lines[row + 1] = "0," + row % 2 + ",train";
        }
        lines[21] = "1000,1,train";
        lines[22] = "-5000,1,test";
        return lines;
    }

    @Test
    void readsTextsAsCategoriesOfTheTrainingRows() {
        String[] lines = {"c,kind,for,a", "red,x,train,1", ",y,train,2", "blue,x,train,3", "mauve,y,test,4"};
        DataSpecs spec = ALL.split("given", 0, "for");
        try (TrainingData data = prepare(Task.CLASSIFICATION, spec, table(lines), Set.of("c"))) {
            assertThat(features(data)).containsExactly(1, 0, 0, 1, 2, 1, 0, 0, 3, 0, 1, 0);
            assertThat(features(data, data.heldOut())).containsExactly(4, 0, 0, 0);
            List<Feed> feeds = data.heldOut().feeds(new long[] {0});
            assertThat(feeds.get(1).input()).isEqualTo("c");
            assertThat((String[]) feeds.get(1).values()).containsExactly("mauve");
        }
        DataSpecs ordinal = spec.categories("ordinal");
        try (TrainingData data = prepare(Task.CLASSIFICATION, ordinal, table(lines), Set.of("c"))) {
            assertThat(features(data)).containsExactly(1, 2, 2, 0, 3, 1);
            assertThat(features(data, data.heldOut())).containsExactly(4, 3);
        }
    }

    @Test
    void dividesByTime() {
        String[] lines = {
            "when,a,kind", "2026-03-01,1,x", "2026-01-31T23:59:59Z,2,y", "2026-02-01,3,x", "2026-01-01,4,y"
        };
        DataSpecs spec = ALL.split("time", 0.25, "when");
        try (TrainingData data = prepare(spec, lines)) {
            assertThat(features(data, data.heldOut())).containsExactly(1);
            assertThat(features(data, data.validation())).containsExactly(3);
            assertThat(features(data)).containsExactly(2, 4);
        }
        assertThatThrownBy(() -> prepare(spec, "when,a,kind", "2026-03-01,1,x", "7,2,y"))
                .hasMessage(
                        "line 3, column \"when\": \"7\" (expected: a date or time of ISO 8601, as in the rows before)");
        assertThatThrownBy(() -> prepare(spec, "when,a,kind", "soon,1,x"))
                .hasMessage(
                        "line 2, column \"when\": \"soon\" (expected: a number, or a date or time of ISO 8601 such as"
                                + " 2026-01-31 or 2026-01-31T12:30:00Z)");
        assertThatThrownBy(() -> prepare(spec, "when,a,kind", "7,1,x", ",1,x"))
                .hasMessage("line 3, column \"when\": empty (expected: a number, as in the rows before)");
    }

    @Test
    void dividesAsTheFilesSay() {
        List<Subset> subsets = List.of(Subset.TRAIN, Subset.TRAIN, Subset.VALIDATION, Subset.TEST);
        ListedRows rows = table("a,kind", "1,x", "2,y", "3,x", "4,y").of(subsets);
        try (TrainingData data = prepare(Task.CLASSIFICATION, ALL.split("given", 0, ""), rows)) {
            assertThat(features(data)).containsExactly(1, 2);
            assertThat(features(data, data.validation())).containsExactly(3);
            assertThat(features(data, data.heldOut())).containsExactly(4);
        }
        assertThatThrownBy(() -> prepare(
                        Task.CLASSIFICATION,
                        ALL.split("given", 0.5, ""),
                        table("a,kind", "1,x", "2,y", "3,x", "4,y").of(subsets)))
                .hasMessage(
                        "data.split.validation_fraction: 0.5 (expected: 0, for the data set has 1 rows of subset validation)");
        assertThatThrownBy(() -> prepare(ALL.split("given", 0, ""), "a,kind", "1,x"))
                .hasMessage("line 2: the files do not tell what the row is for (expected: files of subsets, or"
                        + " data.split.column, for data.split.type given)");
    }

    @Test
    void validatesOnSomeOfTheGivenTrainingRows() {
        String[] lines = {"a,kind,for", "1,x,train", "2,x,train", "3,y,train", "4,y,train", "5,y,test"};
        try (TrainingData data = prepare(ALL.split("given", 0.5, "for"), lines)) {
            assertThat(data.training().count()).isEqualTo(2);
            assertThat(data.validation().count()).isEqualTo(2);
            assertThat(features(data, data.heldOut())).containsExactly(5);
            assertThat(((Answers.Classes) data.answers()).counts()).containsExactly(1L, 1L);
        }
        assertThatThrownBy(() -> prepare(ALL.split("given", 0, "for"), "a,kind,for", "1,x,Train"))
                .hasMessage("line 2, column \"for\": \"Train\" (expected: train, validation or test)");
        assertThatThrownBy(() -> prepare(ALL.split("given", 0, "for"), "a,kind,for", "1,x,train", "1,y,train"))
                .hasMessage("the data set has no row of subset test (expected: at least 1, for data.split.type given)");
    }

    @Test
    void refusesLabelsThatAreNone() {
        assertThatThrownBy(() -> prepare(ALL, "a,kind", "1,x", "1,"))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("line 3, column \"kind\": empty (expected: a class)");
        assertThatThrownBy(() -> prepare(ALL, "a,kind", "1,x\ny"))
                .hasMessage("line 2, column \"kind\": a class with a line break or another control character"
                        + " (expected: printable characters)");
        assertThatThrownBy(() -> prepare(ALL, "a,kind", "1,x", "2,x"))
                .hasMessage("column \"kind\" has 1 distinct value(s) (expected: at least 2 classes)");
        assertThatThrownBy(() -> prepare(Task.REGRESSION, ALL.missing("mean", 0), table("a,kind", "1,")))
                .hasMessage("line 2, column \"kind\": empty (expected: a number)");
    }

    @Test
    void refusesNumbersThatAreNone() {
        assertThatThrownBy(() -> prepare(ALL, "a,kind", "1,x", ",y"))
                .hasMessage("line 3, column \"a\": empty (expected: a number, or data.cleaning.missing)");
        assertThatThrownBy(() -> prepare(ALL, "a,kind", "1e39,x"))
                .hasMessage("line 2, column \"a\": 1.0E39 (expected: a number from -3.4028235E38 to 3.4028235E38)");
        assertThatThrownBy(() -> prepare(ALL, "a,kind", "dear,x")).isInstanceOf(BadDataException.class);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesColumnsThatCannotBe() {
        String[] lines = {"a,kind,b", "1,x,2"};
        assertThatThrownBy(() -> prepare(DataSpecs.label("colour"), lines))
                .hasMessage("column \"colour\" is not in the data set (expected one of: a, kind, b)");
        assertThatThrownBy(() -> prepare(DataSpecs.label(""), lines))
                .hasMessage("data.label_column: empty (expected: a column's name)");
        assertThatThrownBy(() -> prepare(ALL.features("a", "c"), lines))
                .hasMessage("column \"c\" is not in the data set (expected one of: a, kind, b)");
        assertThatThrownBy(() -> prepare(ALL.features("a", "a"), lines))
                .hasMessage("data.feature_columns: \"a\" twice (expected: each column once)");
        assertThatThrownBy(() -> prepare(ALL.features("kind"), lines))
                .hasMessage("column \"kind\" is both label and feature");
        assertThatThrownBy(() -> prepare(ALL, "kind", "x"))
                .hasMessage("the data set has no column to predict from (expected: at least 1 beside \"kind\")");
        assertThatThrownBy(() -> prepare(ALL.split("time", 0, ""), lines))
                .hasMessage("data.split.column: empty (expected: a column's name, for data.split.type time)");
    }

    @Test
    void refusesSettingsThatCannotBe() {
        refused(
                ALL.normalization("log"),
                "data.normalization: log (expected: one of none, min_max, z_score, scale_255)");
        refused(ALL.categories("hash"), "data.categories: hash (expected: one of one_hot, ordinal)");
        refused(
                ALL.missing("zero", 0),
                "data.cleaning.missing: zero (expected: one of refuse, drop, mean, median, constant)");
        refused(ALL.missing("constant", 1e40), "data.cleaning.constant: 1.0E40 (expected: a 32-bit float)");
        refused(ALL.duplicates("merge"), "data.cleaning.duplicates: merge (expected: one of keep, drop)");
        refused(ALL.outliers("cut", 4), "data.cleaning.outliers: cut (expected: one of keep, drop, clip)");
        refused(ALL.outliers("clip", 0), "data.cleaning.outlier_deviations: 0.0 (expected: above 0)");
        refused(
                ALL.split("odd", 0, ""),
                "data.split.type: odd (expected: one of stratified, random, time, given, none)");
        refused(ALL.split("random", 0.6, ""), "data.split.validation_fraction: 0.6 (expected: from 0 and at most 0.5)");
        refused(
                ALL.split("none", 0.1, ""),
                "data.split.validation_fraction: 0.1 (expected: 0, for data.split.type none)");
    }

    private void refused(DataSpecs spec, String message) {
        assertThatThrownBy(() -> prepare(spec, "a,kind", "1,x", "2,y"))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(message);
    }

    private static ListedRows table(String... lines) {
        return ListedRows.table(lines);
    }

    private TrainingData prepare(DataSpecs spec, String... lines) {
        return prepare(Task.CLASSIFICATION, spec, table(lines));
    }

    private TrainingData prepare(Task task, DataSpecs spec, ListedRows rows) {
        return prepare(task, spec, rows, Set.of());
    }

    private TrainingData prepare(Task task, DataSpecs spec, ListedRows rows, Set<String> texts) {
        return DataPreparation.prepare(task, spec.spec(), 7, new RowSource(() -> rows, texts), folder);
    }

    private float[] fed(DataSpecs spec, String... lines) {
        try (TrainingData data = prepare(spec, lines)) {
            return features(data);
        }
    }

    private static float[] features(TrainingData data) {
        return features(data, data.training());
    }

    /** What the network takes of all rows. */
    private static float[] features(TrainingData data, RowSet rows) {
        try (PointerScope scope = new PointerScope()) {
            Batch batch = rows.read(LongStream.range(0, rows.count()).toArray());
            return floats(data.inputStage().forward(batch.inputs()));
        }
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.contiguous().data_ptr_float().get(values);
        return values;
    }

    private static long[] longs(Tensor tensor) {
        long[] values = new long[(int) tensor.numel()];
        tensor.contiguous().data_ptr_long().get(values);
        return values;
    }
}
