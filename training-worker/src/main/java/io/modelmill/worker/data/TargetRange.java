package io.modelmill.worker.data;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.input.Normalization;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Refuses rows that are their own targets where the loss compares values from 0 to 1: beyond them binary cross-entropy has no
 * least value, and what is learned is wrong without a sign of it. Looks once at each row that trains or is measured, as the
 * network will take it.
 */
final class TargetRange {
    /** What 32-bit floats lose where the largest number is scaled to 1. */
    private static final float ROUNDING = 1e-6f;

    private static final long MOST_ROWS = 1024;
    private static final long MOST_NUMBERS = 1L << 20;

    private final Features features;
    private final Columns columns;
    private final RowSource source;
    private final Normalization normalization;

    /** @param features fitted */
    TargetRange(Features features, Columns columns, RowSource source, Normalization normalization) {
        this.features = features;
        this.columns = columns;
        this.source = source;
        this.normalization = normalization;
    }

    /** Throws where a row that is not dropped has a value outside, naming its place as the files have it. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    void require(RowUses uses) {
        try (PointerScope scope = new PointerScope()) {
            InputStage stage = features.stage();
            var rows = new long
                    [(int) Math.clamp(MOST_NUMBERS / Math.max(1, stage.output().size()), 1, MOST_ROWS)];
            int filled = 0;
            for (long row = 0; row < uses.count(); row++) {
                if (uses.get(row) != RowUse.DROPPED) {
                    rows[filled++] = row;
                }
                if (filled == rows.length || filled > 0 && row == uses.count() - 1) {
                    require(stage, Arrays.copyOf(rows, filled));
                    filled = 0;
                }
            }
        }
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private void require(InputStage stage, long[] rows) {
        try (PointerScope scope = new PointerScope()) {
            Tensor tensor = stage.forward(features.tensors(rows));
            float[] values = TensorValues.floats(tensor);
            int width = values.length / rows.length;
            for (int index = 0; index < values.length; index++) {
                float value = values[index];
                if (!(value >= -ROUNDING && value <= 1 + ROUNDING)) {
                    throw refused(rows[index / width], index % width, value);
                }
            }
        }
    }

    private JobFailedException refused(long row, int place, float value) {
        int column = features.column(place);
        String expected = "from 0 to 1 as the network takes it, for binary_cross_entropy"
                + (normalization == Normalization.MIN_MAX ? "; min_max knows the training rows alone" : "");
        try (RowCursor cursor = source.open().get()) {
            for (long next = 0; next <= row; next++) {
                if (!cursor.next()) {
                    throw new IllegalStateException("row " + row + " is no more");
                }
            }
            return columns.refused(cursor.place(), column, shown(cursor, column, place, value), expected);
        } catch (IOException e) {
            throw new UncheckedIOException("the data set cannot be closed", e);
        }
    }

    /** What stands in the data, and what has become of it. */
    private String shown(RowCursor cursor, int column, int place, float value) {
        DatasetColumn kind = columns.all().get(column);
        if (!kind.shape().isEmpty()) {
            return value + " at " + at(place, kind.shape());
        }
        String text = cursor.text(column);
        if (text.isEmpty() || source.texts().contains(kind.name())) {
            return (text.isEmpty() ? "empty" : Quotes.quote(text)) + ", which becomes " + value;
        }
        return (float) cursor.number(column) == value ? text : text + ", which becomes " + value;
    }

    /** Indices along a row's axes, from 0. */
    private static List<Long> at(int place, List<Long> shape) {
        List<Long> indices = new ArrayList<>();
        long rest = place;
        for (long axis : shape.reversed()) {
            indices.addFirst(rest % axis);
            rest /= axis;
        }
        return indices;
    }
}
