package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.dataset.Subset;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
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
class TensorDataTest {
    private static final DatasetColumn LABEL = new DatasetColumn("label", Type.CELL, List.of());
    private static final DatasetColumn IMAGE = new DatasetColumn("image", Type.BYTES, List.of(2L, 1L, 2L));
    private static final DatasetColumn X = new DatasetColumn("my x", Type.FLOATS, List.of(3L));
    private static final DataSpecs GIVEN = DataSpecs.label("label").split("given", 0, "");
    private static final List<Subset> SUBSETS = List.of(Subset.TRAIN, Subset.TRAIN, Subset.TEST);

    @TempDir
    Path folder;

    @Test
    void readsImagesAndScalesEachChannel() {
        byte[][] images = {{0, 100, 50, 50}, {(byte) 200, 100, 50, 50}, {(byte) 255, 0, 70, 30}};
        ListedRows rows = rows(IMAGE, (Object[]) images).of(SUBSETS);
        try (TrainingData data = prepare(GIVEN.normalization("min_max"), rows)) {
            assertThat(data.answers()).isEqualTo(new Answers.Classes(List.of("0", "1", "2"), List.of(1L, 1L, 0L)));
            assertThat(features(data, data.training())).containsExactly(0, 0.5f, 0, 0, 1, 0.5f, 0, 0);
            assertThat(features(data, data.heldOut()))
                    .containsExactly(new float[] {1.275f, 0, 20, -20}, Offset.offset(1e-6f));
            Feed feed = data.heldOut().feeds(new long[] {0}).getFirst();
            assertThat(feed.input()).isEqualTo("image");
            assertThat((byte[]) feed.values()).containsExactly(images[2]);
            assertThat(feed.shape()).containsExactly(1, 2, 1, 2);
            assertThat(data.facts()).containsEntry("tensor_shape", "[2, 1, 2]");
        }
    }

    @Test
    void scalesBytesByTheirMeanAndDeviationAndBy255() {
        byte[][] images = {{0, 100, 50, 50}, {(byte) 200, 100, 50, 50}, {(byte) 255, 0, 70, 30}};
        float deviation = (float) Math.sqrt(5000);
        try (TrainingData data = prepare(
                GIVEN.normalization("z_score"), rows(IMAGE, (Object[]) images).of(SUBSETS))) {
            assertThat(features(data, data.training()))
                    .containsExactly(
                            new float[] {-100 / deviation, 0, 0, 0, 100 / deviation, 0, 0, 0}, Offset.offset(1e-6f));
        }
        try (TrainingData data = prepare(
                GIVEN.normalization("scale_255"), rows(IMAGE, (Object[]) images).of(SUBSETS))) {
            assertThat(features(data, data.heldOut()))
                    .containsExactly(new float[] {1, 0, 70 / 255f, 30 / 255f}, Offset.offset(1e-6f));
        }
    }

    @Test
    void scalesOtherTensorsAsAWhole() {
        float[][] values = {{0, 1, 2}, {3, 4, 10}, {20, -10, 5}};
        try (TrainingData data = prepare(
                GIVEN.normalization("min_max"), rows(X, (Object[]) values).of(SUBSETS))) {
            assertThat(features(data, data.training()))
                    .containsExactly(new float[] {0, 0.1f, 0.2f, 0.3f, 0.4f, 1}, Offset.offset(1e-6f));
            Feed feed = data.heldOut().feeds(new long[] {0}).getFirst();
            assertThat(feed.input()).isEqualTo("my_x");
            assertThat((float[]) feed.values()).containsExactly(20, -10, 5);
        }
    }

    @Test
    void dropsEqualTensorsAndThoseThatAreNotFinite() {
        float[][] values = {{0, 1, 2}, {0, Float.NaN, 2}, {0, 1, 2}, {0, Float.POSITIVE_INFINITY, 2}, {3, 4, 5}};
        DataSpecs spec = DataSpecs.label("").split("none", 0, "").features("my x");
        ListedRows rows = rows(X, (Object[]) values);
        assertThatThrownBy(() -> prepare(Task.AUTOENCODING, spec, rows))
                .hasMessage("line 3, column \"my x\": a value that is not finite (expected: finite numbers)");
        DataSpecs dropping = spec.missing("drop", 0).duplicates("drop");
        try (TrainingData data = prepare(Task.AUTOENCODING, dropping, rows(X, (Object[]) values))) {
            assertThat(features(data, data.training())).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(data.facts())
                    .containsEntry("dropped_missing_rows", 2L)
                    .containsEntry("dropped_duplicate_rows", 1L);
        }
    }

    @Test
    void refusesWhatActsOnTablesOnly() {
        Object[] values = {new float[3], new float[] {1, 2, 3}};
        assertThatThrownBy(() -> prepare(GIVEN.missing("mean", 0), rows(X, values)))
                .hasMessage("data.cleaning.missing: mean (expected: refuse or drop, for tensors)");
        assertThatThrownBy(() -> prepare(GIVEN.outliers("clip", 4), rows(X, values)))
                .hasMessage("data.cleaning.outliers: clip (expected: keep, for tensors)");
        assertThatThrownBy(() -> prepare(DataSpecs.label("my x"), rows(X, values)))
                .hasMessage("column \"my x\" holds tensors [3] (expected: a number or text of each row)");
        DataSpecs unlabelled = DataSpecs.label("").split("none", 0, "");
        assertThatThrownBy(() -> prepare(Task.AUTOENCODING, unlabelled, rows(X, values)))
                .hasMessage("column \"my x\" holds tensors and is one of 2 to predict from (expected: the only one;"
                        + " data.feature_columns chooses)");
        var empty = new DatasetColumn("none", Type.FLOATS, List.of(3L, 0L));
        assertThatThrownBy(() -> prepare(GIVEN, rows(empty, values)))
                .hasMessage("column \"none\" holds tensors [3, 0] (expected: at least one value of each row)");
    }

    private static ListedRows rows(DatasetColumn column, Object... tensors) {
        List<List<Object>> rows = new ArrayList<>();
        for (int row = 0; row < tensors.length; row++) {
            rows.add(List.of(Integer.toString(row), tensors[row]));
        }
        return new ListedRows(List.of(LABEL, column), rows, List.of());
    }

    private TrainingData prepare(DataSpecs spec, ListedRows rows) {
        return prepare(Task.CLASSIFICATION, spec, rows);
    }

    private TrainingData prepare(Task task, DataSpecs spec, ListedRows rows) {
        return DataPreparation.prepare(task, spec.spec(), 7, new RowSource(() -> rows, Set.of()), folder);
    }

    private static float[] features(TrainingData data, RowSet rows) {
        try (PointerScope scope = new PointerScope()) {
            Batch batch = rows.read(LongStream.range(0, rows.count()).toArray());
            Tensor tensor = data.inputStage().forward(batch.inputs());
            float[] values = new float[(int) tensor.numel()];
            tensor.contiguous().data_ptr_float().get(values);
            return values;
        }
    }
}
