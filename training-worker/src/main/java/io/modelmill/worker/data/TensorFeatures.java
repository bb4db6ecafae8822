package io.modelmill.worker.data;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.input.InputNames;
import io.modelmill.worker.input.Normalization;
import io.modelmill.worker.input.Scaling;
import io.modelmill.worker.input.Statistics;
import io.modelmill.worker.input.TensorStage;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** One column of tensors, kept as they are. */
final class TensorFeatures implements Features {
    private static final int BYTE_VALUES = 256;

    private final Columns columns;
    private final int index;
    private final DatasetColumn column;
    private final boolean bytes;
    private final int size;
    private final Cleaning cleaning;
    private final Normalization normalization;
    private final String input;
    private final RecordWriter writer;
    private @Nullable Records records;
    private @Nullable Scaling scaling;

    TensorFeatures(Columns columns, int index, Cleaning cleaning, Normalization normalization, WorkFiles files) {
        cleaning.requireNoNumbers("tensors");
        this.columns = columns;
        this.index = index;
        this.column = columns.all().get(index);
        this.bytes = column.type() == DatasetColumn.Type.BYTES;
        this.size = Math.toIntExact(column.size());
        if (size == 0) {
            throw new JobFailedException("column %s holds tensors %s (expected: at least one value of each row)"
                    .formatted(Quotes.quote(column.name()), column.shape()));
        }
        this.cleaning = cleaning;
        this.normalization = normalization;
        this.input = new InputNames().of(column.name());
        this.writer = files.records("tensors", (long) size * (bytes ? 1 : Float.BYTES));
    }

    @Override
    public boolean read(RowCursor row) {
        MemorySegment record = writer.next();
        row.tensor(index, record);
        boolean whole = bytes || isFinite(record);
        if (!whole && cleaning.missing() != Cleaning.Missing.DROP) {
            throw columns.refused(row.place(), index, "a value that is not finite", "finite numbers");
        }
        return whole;
    }

    private boolean isFinite(MemorySegment record) {
        // A finite number times 0 is 0, any other NaN, which no sum loses.
        float sum = 0;
        for (int i = 0; i < size; i++) {
            sum += record.getAtIndex(ValueLayout.JAVA_FLOAT, i) * 0;
        }
        return sum == 0;
    }

    @Override
    public void finish() {
        records = writer.finish();
    }

    @Override
    public List<Stored> stored() {
        return List.of(records());
    }

    @Override
    public void fit(RowUses uses) {
        var statistics = new Statistics(TensorStage.groups(column.shape()));
        if (normalization.isFitted()) {
            if (bytes) {
                countBytes(uses, statistics);
            } else {
                addFloats(uses, statistics);
            }
        }
        scaling = Scaling.fit(normalization, statistics);
    }

    private void countBytes(RowUses uses, Statistics statistics) {
        int groups = statistics.groups();
        long[][] counts = new long[groups][BYTE_VALUES];
        byte[] values = new byte[size];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                MemorySegment.copy(records().row(row), ValueLayout.JAVA_BYTE, 0, values, 0, size);
                for (int i = 0; i < size; i++) {
                    counts[i / (size / groups)][values[i] & 0xFF]++;
                }
            }
        }
        for (int group = 0; group < groups; group++) {
            for (int value = 0; value < BYTE_VALUES; value++) {
                statistics.add(group, value, counts[group][value]);
            }
        }
    }

    private void addFloats(RowUses uses, Statistics statistics) {
        int groupSize = size / statistics.groups();
        float[] values = new float[size];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                records().copy(row, values);
                for (int group = 0; group < statistics.groups(); group++) {
                    statistics.add(group, values, group * groupSize, (group + 1) * groupSize);
                }
            }
        }
    }

    @Override
    public InputStage stage() {
        return new TensorStage(input, bytes, column.shape(), Objects.requireNonNull(scaling, "not fitted"));
    }

    @Override
    public List<Tensor> tensors(long[] rows) {
        torch.ScalarType type = bytes ? torch.ScalarType.Byte : torch.ScalarType.Float;
        return List.of(Batches.gather(records(), type, rows, column.shape()));
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        int values = Math.multiplyExact(rows.length, size);
        Object all;
        if (bytes) {
            byte[] copied = new byte[values];
            records().gather(rows, MemorySegment.ofArray(copied));
            all = copied;
        } else {
            float[] copied = new float[values];
            records().gather(rows, MemorySegment.ofArray(copied));
            all = copied;
        }
        return List.of(new Feed(input, all, Batches.shape(rows.length, column.shape())));
    }

    @Override
    public int column(int place) {
        return index;
    }

    @Override
    public Map<String, Object> facts() {
        return Map.of("tensor_shape", column.shape().toString());
    }

    private Records records() {
        return Objects.requireNonNull(records, "not read");
    }
}
