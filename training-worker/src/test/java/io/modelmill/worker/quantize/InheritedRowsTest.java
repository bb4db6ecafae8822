package io.modelmill.worker.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.Inherited;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.TrainingData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A version is measured on rows that did not train it, and its texts are cut as it learned them. */
class InheritedRowsTest {
    private static final String ROWS = "tenants/acme/datasets/rows/versions/1";
    private static final DataSpecs PARENTS = DataSpecs.label("kind").split("random", 0.2, "");
    private static final DataSpecs OWN = DataSpecs.label("kind");
    private static final DataSpec.Text WORDS = new DataSpec.Text("text", "word", 50, 6, false, 0);

    @TempDir
    Path folder;

    @Test
    void holdsOutTheParentsRowsOfTheSameData() {
        try (TrainingData parents = prepare(PARENTS.spec(), 5, Inherited.NOTHING);
                TrainingData own = prepare(OWN.spec(), 6, Inherited.NOTHING);
                TrainingData inherited =
                        prepare(OWN.spec(), 6, parent(ROWS, parents.files()).inherited(ROWS))) {
            assertThat(heldOut(inherited)).isEqualTo(heldOut(parents)).isNotEqualTo(heldOut(own));
            assertThat(inherited.heldOut().count()).isEqualTo(parents.heldOut().count());
            assertThat(inherited.validation().count()).isZero();
            assertThat(inherited.training().count())
                    .isEqualTo(parents.training().count() + parents.validation().count());
        }
    }

    @Test
    void dividesOtherDataAsTheJobSays() {
        try (TrainingData parents = prepare(PARENTS.spec(), 5, Inherited.NOTHING);
                TrainingData own = prepare(OWN.spec(), 6, Inherited.NOTHING);
                TrainingData inherited = prepare(
                        OWN.spec(),
                        6,
                        parent("tenants/acme/datasets/other/versions/1", parents.files())
                                .inherited(ROWS))) {
            assertThat(heldOut(inherited)).isEqualTo(heldOut(own)).isNotEqualTo(heldOut(parents));
        }
    }

    @Test
    void refusesAnotherFileForHeldOutRows() {
        for (String other : List.of("", "{}", "[1, two]", "[1,]", "[1.5]", "rows: [1]")) {
            Parent parent = parent(ROWS, Map.of("held-out-rows.json", other.getBytes(StandardCharsets.UTF_8)));
            assertThatThrownBy(() -> parent.inherited(ROWS))
                    .as(other)
                    .isInstanceOf(JobFailedException.class)
                    .hasMessageStartingWith("the parent's held-out-rows.json: \"%s\" at $", other);
            assertThat(parent.inherited("tenants/acme/datasets/other/versions/1")
                            .heldOut())
                    .as("of other rows it says nothing")
                    .isEmpty();
        }
        Parent none = parent(ROWS, Map.of("held-out-rows.json", " [ ] ".getBytes(StandardCharsets.UTF_8)));
        assertThat(none.inherited(ROWS).heldOut())
                .hasValueSatisfying(rows -> assertThat(rows).isEmpty());
        Parent some = parent(ROWS, Map.of("held-out-rows.json", "[3, 17]\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(some.inherited(ROWS).heldOut())
                .hasValueSatisfying(rows -> assertThat(rows).containsExactly(3, 17));
    }

    @Test
    void refusesRowsThatTheDataDoNotHave() {
        Parent parent = parent(ROWS, Map.of("held-out-rows.json", "[3, 60]".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> prepare(OWN.spec(), 6, parent.inherited(ROWS)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(
                        "the parent's held-out-rows.json names row 60 (expected: 0 to 59, as the data set has 60 rows)");
    }

    /** Rows that validated the parent are in no vocabulary of its, and would be in this job's own. */
    @Test
    void cutsTextsAsTheParentLearnedThem() {
        DataSpec spec = PARENTS.text(WORDS).spec();
        DataSpec own = OWN.text(WORDS).spec();
        try (TrainingData parents = prepare(spec, 5, Inherited.NOTHING);
                TrainingData other = prepare(own, 6, Inherited.NOTHING);
                TrainingData inherited =
                        prepare(own, 6, parent(ROWS, parents.files()).inherited(ROWS))) {
            assertThat(inherited.files().get("tokenizer.json"))
                    .isEqualTo(parents.files().get("tokenizer.json"));
            assertThat(other.files().get("tokenizer.json"))
                    .isNotEqualTo(parents.files().get("tokenizer.json"));
            long[] rows = IntStream.range(0, Math.toIntExact(parents.heldOut().count()))
                    .asLongStream()
                    .toArray();
            assertThat(inherited.heldOut().feeds(rows).getFirst().values())
                    .isEqualTo(parents.heldOut().feeds(rows).getFirst().values());
            DataSpec longer =
                    OWN.text(new DataSpec.Text("text", "word", 50, 7, false, 0)).spec();
            assertThatThrownBy(() ->
                            prepare(longer, 6, parent(ROWS, parents.files()).inherited(ROWS)))
                    .isInstanceOf(JobFailedException.class)
                    .hasMessageStartingWith("data.text: other settings than those of the parent's tokenizer.json");
        }
    }

    private static Parent parent(String dataset, Map<String, byte[]> files) {
        return new Parent("tenants/acme/models/example/versions/3", dataset, new byte[0], files, List.of("x", "y"));
    }

    private static String heldOut(TrainingData data) {
        return new String(Objects.requireNonNull(data.files().get("held-out-rows.json")), StandardCharsets.UTF_8);
    }

    /** 60 rows, each with a word of its own. */
    private TrainingData prepare(DataSpec spec, long seed, Inherited inherited) {
        var random = new Random(1);
        String[] lines = IntStream.range(-1, 60)
                .mapToObj(row -> row < 0
                        ? "text,kind"
                        : "word%d common%d,%s".formatted(row, random.nextInt(5), row % 2 == 0 ? "x" : "y"))
                .toArray(String[]::new);
        var source = new RowSource(() -> ListedRows.table(lines), Set.of("text"));
        Path own = folder.resolve("work-" + count.merge("folders", 1, Integer::sum));
        assertThat(own.toFile().mkdirs()).isTrue();
        return DataPreparation.prepare(Task.CLASSIFICATION, spec, seed, source, inherited, own);
    }

    private final Map<String, Integer> count = new HashMap<>();
}
