package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A number for each row. */
final class NumberLabels implements Labels {
    private final Columns columns;
    private final Cleaning cleaning;
    private final RecordWriter writer;
    private @Nullable Records numbers;

    NumberLabels(Columns columns, Cleaning cleaning, WorkFiles files) {
        this.columns = columns;
        this.cleaning = cleaning;
        this.writer = files.records("labels", Float.BYTES);
    }

    @Override
    public boolean read(RowCursor row) {
        float value = NumberColumns.number(columns, row, columns.label());
        boolean missing = Float.isNaN(value);
        if (missing && cleaning.missing() != Cleaning.Missing.DROP) {
            throw columns.refused(row.place(), columns.label(), "empty", "a number");
        }
        writer.add(value);
        return !missing;
    }

    @Override
    public void finish() {
        numbers = writer.finish();
    }

    @Override
    public List<Stored> stored() {
        return List.of(numbers());
    }

    @Override
    public Groups fit(RowUses uses) {
        return Groups.ONE;
    }

    @Override
    public Answers answers(RowUses uses) {
        return new Answers.Number();
    }

    @Override
    public Tensor target(long[] rows) {
        return Batches.gather(numbers(), torch.ScalarType.Float, rows, List.of(1L));
    }

    private Records numbers() {
        return Objects.requireNonNull(numbers, "not read");
    }
}
