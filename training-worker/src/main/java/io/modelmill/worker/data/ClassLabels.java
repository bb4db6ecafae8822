package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** One of several classes for each row: the distinct texts of its column, in numeric order if all are numbers, else as text. */
final class ClassLabels implements Labels {
    private static final int MOST_CLASSES = 65_536;

    private final Columns columns;
    private final Cleaning cleaning;
    private final RecordWriter writer;
    private final Dictionary dictionary = new Dictionary();
    private @Nullable Records codes;
    private List<String> labels = List.of();
    private int[] classByCode = {};

    ClassLabels(Columns columns, Cleaning cleaning, WorkFiles files) {
        this.columns = columns;
        this.cleaning = cleaning;
        this.writer = files.records("labels", Integer.BYTES);
    }

    @Override
    public boolean read(RowCursor row) {
        String label = row.text(columns.label());
        if (label.isEmpty() && cleaning.missing() != Cleaning.Missing.DROP) {
            throw columns.refused(row.place(), columns.label(), "empty", "a class");
        }
        int known = dictionary.size();
        int code = dictionary.code(label);
        if (code == known) {
            check(row, label);
        }
        writer.add(code);
        return !label.isEmpty();
    }

    private void check(RowCursor row, String label) {
        if (label.chars().anyMatch(Character::isISOControl)) {
            throw columns.refused(
                    row.place(),
                    columns.label(),
                    "a class with a line break or another control character",
                    "printable characters");
        }
        if (dictionary.size() > MOST_CLASSES) {
            throw columns.refused(
                    row.place(),
                    columns.label(),
                    "more than %d classes".formatted(MOST_CLASSES),
                    "at most %d; numbers are predicted by task regression".formatted(MOST_CLASSES));
        }
    }

    @Override
    public void finish() {
        codes = writer.finish();
    }

    @Override
    public List<Stored> stored() {
        return List.of(codes());
    }

    @Override
    public Groups fit(RowUses uses) {
        boolean[] seen = new boolean[dictionary.size()];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) != RowUse.DROPPED) {
                seen[codes().intAt(row, 0)] = true;
            }
        }
        List<Integer> left = new ArrayList<>();
        for (int code = 0; code < seen.length; code++) {
            if (seen[code]) {
                left.add(code);
            }
        }
        if (left.size() < 2) {
            throw new JobFailedException("column %s has %d distinct value(s) (expected: at least 2 classes)"
                    .formatted(Quotes.quote(columns.name(columns.label())), left.size()));
        }
        List<Integer> ordered = dictionary.ordered(left);
        classByCode = new int[seen.length];
        Arrays.fill(classByCode, -1);
        for (int index = 0; index < ordered.size(); index++) {
            classByCode[ordered.get(index)] = index;
        }
        labels = ordered.stream().map(dictionary::text).toList();
        return new Groups(labels.size(), this::classOf);
    }

    @Override
    public Answers answers(RowUses uses) {
        long[] counts = new long[labels.size()];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                counts[classOf(row)]++;
            }
        }
        return new Answers.Classes(labels, Arrays.stream(counts).boxed().toList());
    }

    @Override
    public Tensor target(long[] rows) {
        long[] classes = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            classes[i] = classOf(rows[i]);
        }
        return Batches.of(classes, rows.length);
    }

    private int classOf(long row) {
        return classByCode[codes().intAt(row, 0)];
    }

    private Records codes() {
        return Objects.requireNonNull(codes, "not read");
    }
}
