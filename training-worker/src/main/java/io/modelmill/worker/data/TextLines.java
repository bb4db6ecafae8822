package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.WorkFiles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Rows that are the lines of running text.
 *
 * @param uses of the lines, as far as they say so themselves
 * @param facts about them
 */
record TextLines(TextColumnReader texts, SplitColumn split, RowUses uses, Map<String, Object> facts) {
    private static final String NEW_LINE = "\n";

    /** Reads all lines. */
    static TextLines read(
            RowCursor cursor,
            Columns columns,
            DataSpec.Text spec,
            boolean keepsSpaces,
            Splitting splitting,
            Cleaning cleaning,
            WorkFiles files) {
        cleaning.requireNoNumbers("texts");
        var texts = new TextColumnReader(columns, spec, keepsSpaces, files);
        var split = new SplitColumn(columns, splitting, cleaning, files);
        RecordWriter writer = files.records("uses", 1);
        while (cursor.next()) {
            RowUse use = split.read(cursor);
            boolean empty = !texts.read(cursor);
            boolean dropped = empty && cleaning.missing() == Cleaning.Missing.DROP;
            writer.add(dropped ? RowUse.DROPPED.code() : use.code());
        }
        texts.finish();
        split.finish();
        var uses = new RowUses(writer.finish());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rows", uses.count());
        facts.put("dropped_missing_rows", uses.count(RowUse.DROPPED));
        if (cleaning.dropsDuplicates()) {
            facts.put("dropped_duplicate_rows", Duplicates.drop(List.of(texts.texts()), uses, files));
        }
        return new TextLines(texts, split, uses, facts);
    }

    /** The tokens of all lines of a use as one text, with a line's end between them. */
    void tokens(RowUse use, Consumer<String> tokens) {
        boolean first = true;
        for (long line = 0; line < uses.count(); line++) {
            if (uses.get(line) == use) {
                if (!first) {
                    tokens.accept(NEW_LINE);
                }
                first = false;
                texts.tokens(line, tokens);
            }
        }
    }
}
