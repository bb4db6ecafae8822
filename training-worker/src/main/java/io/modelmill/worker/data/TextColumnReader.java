package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.worker.store.SpanWriter;
import io.modelmill.worker.store.Spans;
import io.modelmill.worker.store.WorkFiles;
import io.modelmill.worker.text.Tokenization;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The texts of a column, in UTF-8 on disk, and how they are cut into tokens. */
final class TextColumnReader {
    private final int index;
    private final Tokenization tokenization;
    private final SpanWriter writer;
    private @Nullable Spans texts;

    /** @param keepsSpaces whether tokens one behind the other are to be the text again */
    TextColumnReader(Columns columns, DataSpec.Text spec, boolean keepsSpaces, WorkFiles files) {
        this.index = columns.features().getFirst();
        if (columns.tensor() >= 0) {
            throw Choices.refused("text.column", spec.column() + ", of tensors", "a column of texts");
        }
        this.tokenization = new Tokenization(
                Choices.require(Tokenization.Unit.class, "text.tokens", spec.tokens()), keepsSpaces, spec.lowercase());
        this.writer = files.spans("texts");
    }

    /** Keeps a row's text, and answers whether it has any token. */
    boolean read(RowCursor row) {
        String text = row.text(index);
        writer.add(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
        return tokenization.cuts(text);
    }

    void finish() {
        texts = writer.finish();
    }

    int index() {
        return index;
    }

    Tokenization tokenization() {
        return tokenization;
    }

    Spans texts() {
        return Objects.requireNonNull(texts, "not read");
    }

    /** The tokens of a row. */
    void tokens(long row, Consumer<String> tokens) {
        byte[] text = texts().row(row).toArray(ValueLayout.JAVA_BYTE);
        tokenization.cut(new String(text, StandardCharsets.UTF_8), tokens);
    }
}
