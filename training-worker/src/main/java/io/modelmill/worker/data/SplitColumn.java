package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What each row tells of its side of a split: its subset or its time. */
final class SplitColumn {
    private final Columns columns;
    private final Splitting splitting;
    private final Cleaning cleaning;
    private final Optional<RecordWriter> writer;
    private final Times reader = new Times();
    private @Nullable Records times;

    SplitColumn(Columns columns, Splitting splitting, Cleaning cleaning, WorkFiles files) {
        this.columns = columns;
        this.splitting = splitting;
        this.cleaning = cleaning;
        boolean kept = splitting.type() == Splitting.Type.TIME && columns.split() >= 0;
        this.writer = kept ? Optional.of(files.records("times", Double.BYTES)) : Optional.empty();
    }

    /** What the row is for as far as it says so itself; {@link RowUse#TRAINING} is yet to be divided. */
    RowUse read(RowCursor row) {
        if (splitting.isGiven()) {
            return given(row);
        }
        if (writer.isEmpty()) {
            return RowUse.TRAINING;
        }
        String text = row.text(columns.split());
        double time = reader.read(text);
        if (Double.isNaN(time) && !(text.isEmpty() && cleaning.missing() == Cleaning.Missing.DROP)) {
            throw columns.refused(row.place(), columns.split(), shown(text), reader.expected());
        }
        writer.get().add(time);
        return Double.isNaN(time) ? RowUse.DROPPED : RowUse.TRAINING;
    }

    private RowUse given(RowCursor row) {
        if (columns.split() < 0) {
            Subset subset = row.subset()
                    .orElseThrow(() -> new JobFailedException(
                            "%s: the files do not tell what the row is for (expected: files of subsets, or data.split.column, for data.split.type given)"
                                    .formatted(row.place())));
            return use(subset);
        }
        String text = row.text(columns.split());
        for (Subset subset : Subset.values()) {
            if (subset.name().toLowerCase(Locale.ROOT).equals(text)) {
                return use(subset);
            }
        }
        if (text.isEmpty() && cleaning.missing() == Cleaning.Missing.DROP) {
            return RowUse.DROPPED;
        }
        throw columns.refused(row.place(), columns.split(), shown(text), "train, validation or test");
    }

    private static String shown(String text) {
        return text.isEmpty() ? "empty" : Quotes.quote(text);
    }

    private static RowUse use(Subset subset) {
        return switch (subset) {
            case TRAIN -> RowUse.TRAINING;
            case VALIDATION -> RowUse.VALIDATION;
            case TEST -> RowUse.HELD_OUT;
        };
    }

    void finish() {
        writer.ifPresent(numbers -> times = numbers.finish());
    }

    /** A 64-bit float of each row. */
    Records times() {
        return Objects.requireNonNull(times, "no times");
    }
}
