package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.worker.input.Categories;
import io.modelmill.worker.rows.Feed;
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

/** A table's column of texts, each a category. */
final class TextColumn {
    /** As one number each, a row is no longer than this. */
    static final int MOST_TEXTS = 10_000;

    private final Columns columns;
    private final int column;
    private final String input;
    private final Cleaning cleaning;
    private final boolean oneHot;
    private final RecordWriter writer;
    private final Dictionary dictionary = new Dictionary();
    private @Nullable Records codes;
    private @Nullable Categories categories;
    private int[] indexByCode = {};

    TextColumn(Columns columns, int column, String input, Cleaning cleaning, boolean oneHot, WorkFiles files) {
        this.columns = columns;
        this.column = column;
        this.input = input;
        this.cleaning = cleaning;
        this.oneHot = oneHot;
        this.writer = files.records("texts-" + column, Integer.BYTES);
    }

    boolean read(RowCursor row) {
        String text = row.text(column);
        writer.add(dictionary.code(text));
        if (dictionary.size() > MOST_TEXTS) {
            throw columns.refused(
                    row.place(),
                    column,
                    "more than %d different texts".formatted(MOST_TEXTS),
                    "at most %d, or another choice of data.feature_columns".formatted(MOST_TEXTS));
        }
        return !text.isEmpty() || cleaning.missing() != Cleaning.Missing.DROP;
    }

    void finish() {
        codes = writer.finish();
    }

    Stored stored() {
        return codes();
    }

    void fit(RowUses uses) {
        boolean[] seen = new boolean[dictionary.size()];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                seen[codes().intAt(row, 0)] = true;
            }
        }
        List<Integer> known = new ArrayList<>();
        for (int code = 0; code < seen.length; code++) {
            if (seen[code]) {
                known.add(code);
            }
        }
        List<Integer> ordered = dictionary.ordered(known);
        indexByCode = new int[seen.length];
        Arrays.fill(indexByCode, ordered.size());
        for (int index = 0; index < ordered.size(); index++) {
            indexByCode[ordered.get(index)] = index;
        }
        categories =
                new Categories(input, ordered.stream().map(dictionary::text).toList(), oneHot);
    }

    /** Among all columns. */
    int index() {
        return column;
    }

    Categories categories() {
        return Objects.requireNonNull(categories, "not fitted");
    }

    Tensor tensor(long[] rows) {
        long[] indices = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            indices[i] = indexByCode[codes().intAt(rows[i], 0)];
        }
        return Batches.of(indices, rows.length, 1);
    }

    Feed feed(long[] rows) {
        String[] texts = new String[rows.length];
        for (int i = 0; i < rows.length; i++) {
            texts[i] = dictionary.text(codes().intAt(rows[i], 0));
        }
        return new Feed(input, texts, new long[] {rows.length, 1});
    }

    private Records codes() {
        return Objects.requireNonNull(codes, "not read");
    }
}
