package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.dataset.Subset;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.TrainingData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that binary cross-entropy cannot compare, in rows that are their own targets. */
class TargetRangeTest {
    private static final DataSpecs ALL = DataSpecs.label("").split("none", 0, "");
    private static final String EXPECTED = " (expected: from 0 to 1 as the network takes it, for binary_cross_entropy)";

    @TempDir
    Path folder;

    @Test
    void takesValuesFrom0To1() {
        taken(ALL, "a,b", "0,1", "0.5,0.25", "1,0");
        taken(ALL.normalization("scale_255"), "a,b", "0,255", "17,3");
        // Whose largest numbers become 1 but for rounding.
        taken(ALL.normalization("min_max"), "a,b", "0.1,-7", "0.30000001,1e9", "0.7,3", "0.2,12345.678");
    }

    @Test
    void namesRowColumnAndValue() {
        refused(ALL, "line 3, column \"b\": 1.5" + EXPECTED, "a,b", "0,1", "0,1.5", "9,0");
        refused(ALL, "line 2, column \"a\": -1" + EXPECTED, "a,b", "-1,1", "0,1.5");
        refused(
                ALL.normalization("scale_255"),
                "line 3, column \"a\": 510, which becomes 2.0" + EXPECTED,
                "a,b",
                "255,0",
                "510,0");
    }

    @Test
    void looksBehindTheFirstRowsToo() {
        List<String> lines = new ArrayList<>(List.of("a,b"));
        lines.addAll(Collections.nCopies(3000, "0,1"));
        taken(ALL, lines.toArray(String[]::new));
        lines.set(2500, "0.5,7.0");
        refused(ALL, "line 2501, column \"b\": 7.0" + EXPECTED, lines.toArray(String[]::new));
        lines.set(2500, "0.5,1");
        lines.add("1.25,0");
        refused(ALL, "line 3002, column \"a\": 1.25" + EXPECTED, lines.toArray(String[]::new));
    }

    /** Which min_max, of the training rows alone, does not bring to 0..1. */
    @Test
    void looksAtHeldOutAndValidationRows() {
        DataSpecs given = ALL.split("given", 0, "use").normalization("min_max");
        taken(given, "a,use", "0,train", "10,train", "5,validation", "10,test");
        String hint = EXPECTED.replace(")", "; min_max knows the training rows alone)");
        refused(
                given,
                "line 5, column \"a\": 12, which becomes 1.2" + hint,
                "a,use",
                "0,train",
                "10,train",
                "5,validation",
                "12,test");
        refused(
                given,
                "line 4, column \"a\": -1, which becomes -0.1" + hint,
                "a,use",
                "0,train",
                "10,train",
                "-1,validation",
                "12,test");
    }

    @Test
    void looksAtWhatMissingCellsBecomeButNotAtDroppedRows() {
        refused(
                ALL.missing("constant", 7),
                "line 3, column \"a\": empty, which becomes 7.0" + EXPECTED,
                "a,b",
                "0,1",
                ",1");
        taken(ALL.missing("drop", 0), "a,b", "0,1", "8,", "1,0");
    }

    @Test
    void looksAtNumbersOfTexts() {
        String[] lines = {"a,kind,b", "0,x,1", "1,y,1", "1,z,0"};
        Supplier<ListedRows> rows = () -> ListedRows.table(lines);
        prepare(ALL.spec(), "binary_cross_entropy", rows, Set.of("kind")).close();
        DataSpec ordinal = new DataSpec(
                "", List.of(), 0, "none", ALL.spec().split(), DataSpec.Cleaning.NONE, "ordinal", Optional.empty());
        assertThatThrownBy(() -> prepare(ordinal, "binary_cross_entropy", rows, Set.of("kind")))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("line 4, column \"kind\": \"z\", which becomes 2.0" + EXPECTED);
    }

    @Test
    void namesThePlaceInTensors() {
        var image = new DatasetColumn("image", Type.BYTES, List.of(2L, 1L, 3L));
        List<List<Object>> images =
                List.of(List.of(new byte[] {0, 1, 1, 0, 1, 0}), List.of(new byte[] {1, 0, 0, 0, 0, (byte) 200}));
        Supplier<ListedRows> rows = () -> new ListedRows(List.of(image), images, List.of(Subset.TRAIN, Subset.TEST));
        DataSpecs given = ALL.split("given", 0, "");
        assertThatThrownBy(() -> prepare(given.spec(), "binary_cross_entropy", rows, Set.of()))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("line 3, column \"image\": 200.0 at [1, 0, 2]" + EXPECTED);
        prepare(given.normalization("scale_255").spec(), "binary_cross_entropy", rows, Set.of())
                .close();
    }

    @Test
    void otherLossesCompareAnyNumber() {
        Supplier<ListedRows> rows = () -> ListedRows.table("a,b", "0,1", "-5,1.5");
        try (TrainingData data = prepare(ALL.spec(), "mean_squared_error", rows, Set.of())) {
            assertThat(data.training().count()).isEqualTo(2);
        }
    }

    private void taken(DataSpecs spec, String... lines) {
        prepare(spec.spec(), "binary_cross_entropy", () -> ListedRows.table(lines), Set.of())
                .close();
    }

    private void refused(DataSpecs spec, String message, String... lines) {
        assertThatThrownBy(() -> taken(spec, lines))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(message);
    }

    private TrainingData prepare(DataSpec data, String loss, Supplier<ListedRows> rows, Set<String> texts) {
        var job = Jobs.of(Layers.layer("dense"))
                .task("autoencoding")
                .loss(loss)
                .data(new DataSpecs(data))
                .spec();
        return DataPreparation.prepare(job, new RowSource(rows::get, texts), folder);
    }
}
