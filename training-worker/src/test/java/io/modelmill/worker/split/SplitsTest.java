package io.modelmill.worker.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitsTest {
    @TempDir
    Path folder;

    private WorkFiles files;

    @BeforeEach
    void open() {
        files = new WorkFiles(folder);
    }

    @AfterEach
    void close() {
        files.close();
    }

    @Test
    void everyRowIsOnOneSide() {
        RowUses uses = uses("all", 100);
        RandomSplit.holdOut(uses, Groups.ONE, 0.3, 0.1, 1);
        assertThat(rows(uses, RowUse.HELD_OUT)).hasSize(30).isSorted();
        assertThat(rows(uses, RowUse.VALIDATION)).hasSize(10);
        assertThat(rows(uses, RowUse.TRAINING)).hasSize(60);
        assertThat(uses.count(RowUse.HELD_OUT)).isEqualTo(30);
    }

    @Test
    void eachClassKeepsItsShare() {
        RowUses uses = uses("classes", 110);
        LongToIntFunction kind = row -> row < 10 ? 1 : 0;
        RandomSplit.holdOut(uses, new Groups(2, kind), 0.2, 0.1, 1);
        assertThat(rows(uses, RowUse.HELD_OUT))
                .hasSize(22)
                .filteredOn(row -> row < 10)
                .hasSize(2);
        assertThat(rows(uses, RowUse.VALIDATION))
                .hasSize(11)
                .filteredOn(row -> row < 10)
                .hasSize(1);
    }

    @Test
    void eachClassKeepsARowToTrainOn() {
        RowUses uses = uses("few", 4);
        RandomSplit.holdOut(uses, new Groups(2, row -> row == 0 ? 0 : 1), 0.9, 0, 1);
        assertThat(rows(uses, RowUse.TRAINING)).contains(0L).hasSize(2);
    }

    @Test
    void holdsOutAtLeastOneRowAndValidatesOnOne() {
        RowUses uses = uses("least", 4);
        RandomSplit.holdOut(uses, new Groups(2, row -> row == 0 ? 0 : 1), 0.01, 0.01, 1);
        assertThat(rows(uses, RowUse.HELD_OUT)).hasSize(1).doesNotContain(0L);
        assertThat(rows(uses, RowUse.VALIDATION)).hasSize(1).doesNotContain(0L);
    }

    @Test
    void dependsOnTheSeedAlone() {
        assertThat(heldOut("one", 5)).isEqualTo(heldOut("two", 5));
        assertThat(heldOut("three", 5)).isNotEqualTo(heldOut("four", 6));
    }

    private List<Long> heldOut(String name, long seed) {
        RowUses uses = uses(name, 100);
        RandomSplit.holdOut(uses, Groups.ONE, 0.2, 0, seed);
        return rows(uses, RowUse.HELD_OUT);
    }

    @Test
    void leavesDroppedRowsAlone() {
        RowUses uses = uses("dropped", 10);
        uses.set(3, RowUse.DROPPED);
        uses.set(4, RowUse.HELD_OUT);
        RandomSplit.validate(uses, Groups.ONE, 0.5, 1);
        assertThat(uses.get(3)).isEqualTo(RowUse.DROPPED);
        assertThat(rows(uses, RowUse.HELD_OUT)).containsExactly(4L);
        assertThat(rows(uses, RowUse.VALIDATION)).hasSize(4);
    }

    @Test
    void refusesTooFewRows() {
        assertThatThrownBy(() -> RandomSplit.holdOut(uses("one", 1), Groups.ONE, 0.2, 0, 1))
                .hasMessage("the data set has 1 row(s) (expected: at least 2, one of them to hold out)");
        assertThatThrownBy(() -> RandomSplit.holdOut(uses("two", 2), new Groups(2, row -> (int) row), 0.5, 0, 1))
                .hasMessage(
                        "every class has only 1 row(s) left (expected: at least one class with 2, to hold one out)");
        assertThatThrownBy(() -> RandomSplit.holdOut(uses("validate", 2), Groups.ONE, 0.5, 0.5, 1))
                .hasMessage("only 1 row(s) are left (expected: at least 2, to validate on one)");
        assertThatThrownBy(() -> TimeSplit.holdOut(uses("times", 2), times("numbers", 1, 2), 0.5, 0.5))
                .hasMessage("the data set has 2 row(s) (expected: more than the 1 to hold out and 1 to validate on)");
    }

    @Test
    void holdsOutTheLastByTime() {
        RowUses uses = uses("timed", 10);
        Records times = times("ten", 5, -3, 1e300, 0, 7, -1e-300, 2, -0.0, 4, -1e9);
        TimeSplit.holdOut(uses, times, 0.2, 0.3);
        assertThat(rows(uses, RowUse.HELD_OUT)).containsExactly(2L, 4L);
        assertThat(rows(uses, RowUse.VALIDATION)).containsExactly(0L, 6L, 8L);
    }

    @Test
    void ofEqualTimesTheLaterRowIsTheLater() {
        RowUses uses = uses("equal", 6);
        TimeSplit.holdOut(uses, times("six", 1, 2, 2, 2, 0.0, -0.0), 0.34, 0.34);
        assertThat(rows(uses, RowUse.HELD_OUT)).containsExactly(2L, 3L);
        assertThat(rows(uses, RowUse.VALIDATION)).containsExactly(0L, 1L);
        RowUses zeros = uses("zeros", 2);
        TimeSplit.holdOut(zeros, times("two", 0.0, -0.0), 0.5, 0);
        assertThat(rows(zeros, RowUse.HELD_OUT)).containsExactly(1L);
    }

    private RowUses uses(String name, int count) {
        RecordWriter writer = files.records(name, 1);
        for (int row = 0; row < count; row++) {
            writer.add(RowUse.TRAINING.code());
        }
        return new RowUses(writer.finish());
    }

    private Records times(String name, double... values) {
        RecordWriter writer = files.records(name, Double.BYTES);
        for (double value : values) {
            writer.add(value);
        }
        return writer.finish();
    }

    private static List<Long> rows(RowUses uses, RowUse use) {
        List<Long> rows = new ArrayList<>();
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == use) {
                rows.add(row);
            }
        }
        return rows;
    }
}
