package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.input.Normalization;
import io.modelmill.worker.input.Numbers;
import io.modelmill.worker.input.Scaling;
import io.modelmill.worker.input.Statistics;
import io.modelmill.worker.input.TableStage;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The numbers of a table, side by side as 32-bit floats; NaN is a missing one. */
final class NumberColumns {
    private final Columns columns;
    private final int[] indices;
    private final Cleaning cleaning;
    private final Normalization normalization;
    private final RecordWriter writer;
    private @Nullable Records records;
    private @Nullable Numbers fitted;
    private long outliers;

    NumberColumns(Columns columns, int[] indices, Cleaning cleaning, Normalization normalization, WorkFiles files) {
        this.columns = columns;
        this.indices = indices;
        this.cleaning = cleaning;
        this.normalization = normalization;
        this.writer = files.records("numbers", (long) indices.length * Float.BYTES);
    }

    boolean read(RowCursor row) {
        boolean whole = true;
        MemorySegment record = writer.next();
        for (int i = 0; i < indices.length; i++) {
            float value = number(columns, row, indices[i]);
            if (Float.isNaN(value)) {
                whole &= cleaning.missing() != Cleaning.Missing.DROP;
                if (cleaning.missing() == Cleaning.Missing.REFUSE) {
                    throw columns.refused(row.place(), indices[i], "empty", "a number, or data.cleaning.missing");
                }
            }
            record.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        return whole;
    }

    /** A row's number as models take it; NaN where it is missing. */
    static float number(Columns columns, RowCursor row, int column) {
        double number = row.number(column);
        // Adding 0 makes one zero of both, so that rows that are the same look the same.
        float value = (float) number + 0f;
        if (Float.isInfinite(value)) {
            throw columns.refused(
                    row.place(),
                    column,
                    Double.toString(number),
                    "a number from %s to %s".formatted(-Float.MAX_VALUE, Float.MAX_VALUE));
        }
        return value;
    }

    void finish() {
        records = writer.finish();
    }

    Stored stored() {
        return records();
    }

    void fit(RowUses uses) {
        Numbers numbers = Numbers.asTheyStand(indices.length);
        boolean looksAtOutliers = cleaning.outliers() != Cleaning.Outliers.KEEP;
        var seen = new Statistics(indices.length);
        if (looksAtOutliers || cleaning.missing() == Cleaning.Missing.MEAN) {
            forEachTraining(uses, seen::add);
        }
        numbers = new Numbers(replacement(uses, seen), Optional.empty(), numbers.scaling());
        if (looksAtOutliers) {
            Numbers.Bounds bounds = bounds(seen);
            if (cleaning.outliers() == Cleaning.Outliers.DROP) {
                drop(uses, bounds);
            } else {
                numbers = new Numbers(numbers.replacement(), Optional.of(bounds), numbers.scaling());
            }
        }
        var statistics = new Statistics(indices.length);
        if (normalization.isFitted()) {
            Numbers cleaned = numbers;
            forEachTraining(uses, row -> {
                cleaned.clean(row);
                statistics.add(row);
            });
        }
        fitted = numbers.with(Scaling.fit(normalization, statistics));
    }

    private Optional<float[]> replacement(RowUses uses, Statistics seen) {
        float[] replacement = new float[indices.length];
        switch (cleaning.missing()) {
            case REFUSE, DROP -> {
                return Optional.empty();
            }
            case CONSTANT -> Arrays.fill(replacement, cleaning.constant());
            case MEDIAN -> replacement = Medians.of(records(), uses, indices.length);
            case MEAN -> {
                for (int i = 0; i < indices.length; i++) {
                    replacement[i] = seen.count(i) == 0 ? Float.NaN : (float) seen.mean(i);
                }
            }
        }
        for (int i = 0; i < indices.length; i++) {
            if (Float.isNaN(replacement[i])) {
                throw new JobFailedException(
                        "column %s: no training row has a number (expected: at least 1, for data.cleaning.missing %s)"
                                .formatted(Quotes.quote(columns.name(indices[i])), Choices.name(cleaning.missing())));
            }
        }
        return Optional.of(replacement);
    }

    private Numbers.Bounds bounds(Statistics seen) {
        float[] lower = new float[indices.length];
        float[] upper = new float[indices.length];
        for (int i = 0; i < indices.length; i++) {
            double distance = seen.deviation(i) * cleaning.deviations();
            lower[i] = (float) (seen.mean(i) - distance);
            upper[i] = (float) (seen.mean(i) + distance);
        }
        return new Numbers.Bounds(lower, upper);
    }

    private void drop(RowUses uses, Numbers.Bounds bounds) {
        float[] values = new float[indices.length];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                records().copy(row, values);
                if (!bounds.hold(values)) {
                    uses.set(row, RowUse.DROPPED);
                    outliers++;
                }
            }
        }
    }

    private void forEachTraining(RowUses uses, Consumer<float[]> consumer) {
        float[] values = new float[indices.length];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                records().copy(row, values);
                consumer.accept(values);
            }
        }
    }

    int width() {
        return indices.length;
    }

    /** Index among all columns, by the place among these. */
    int column(int place) {
        return indices[place];
    }

    Numbers fitted() {
        return Objects.requireNonNull(fitted, "not fitted");
    }

    Tensor tensor(long[] rows) {
        return Batches.gather(records(), torch.ScalarType.Float, rows, List.of((long) indices.length));
    }

    Feed feed(long[] rows) {
        float[] values = new float[Math.multiplyExact(rows.length, indices.length)];
        records().gather(rows, MemorySegment.ofArray(values));
        return new Feed(TableStage.FEATURES, values, new long[] {rows.length, indices.length});
    }

    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("number_columns", indices.length);
        facts.put("dropped_outlier_rows", outliers);
        return facts;
    }

    private Records records() {
        return Objects.requireNonNull(records, "not read");
    }
}
