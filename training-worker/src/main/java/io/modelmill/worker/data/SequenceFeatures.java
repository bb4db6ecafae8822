package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.input.TokenStage;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.SpanWriter;
import io.modelmill.worker.store.Spans;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import io.modelmill.worker.text.TokenCounts;
import io.modelmill.worker.text.TokenizerFile;
import io.modelmill.worker.text.Vocabulary;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A column of texts as tokens, each row as long as its text, and as long as the longest of its batch when it is read. */
final class SequenceFeatures implements Features {
    private final Columns columns;
    private final DataSpec.Text spec;
    private final Cleaning cleaning;
    private final Inherited inherited;
    private final WorkFiles files;
    private final TextColumnReader texts;
    private @Nullable Spans tokens;
    private @Nullable Vocabulary vocabulary;
    private final Map<String, Object> facts = new LinkedHashMap<>();

    SequenceFeatures(Columns columns, DataSpec.Text spec, Cleaning cleaning, Inherited inherited, WorkFiles files) {
        this.inherited = inherited;
        cleaning.requireNoNumbers("texts");
        this.columns = columns;
        this.spec = spec;
        this.cleaning = cleaning;
        this.files = files;
        this.texts = new TextColumnReader(columns, spec, false, files);
    }

    @Override
    public boolean read(RowCursor row) {
        boolean whole = texts.read(row);
        if (!whole && cleaning.missing() != Cleaning.Missing.DROP) {
            throw columns.refused(
                    row.place(), texts.index(), "no tokens", "at least one, or data.cleaning.missing drop");
        }
        return whole;
    }

    @Override
    public void finish() {
        texts.finish();
    }

    @Override
    public List<Stored> stored() {
        return List.of(texts.texts());
    }

    @Override
    public void fit(RowUses uses) {
        var counts = new TokenCounts(spec.vocabularySize());
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                texts.tokens(row, counts::add);
            }
        }
        vocabulary = inherited
                .tokenizer()
                .map(tokenizer -> TokenizerFile.read(tokenizer, texts.tokenization(), spec.maxLength(), false))
                .orElseGet(counts::vocabulary);
        facts.put("vocabulary_size", vocabulary.size());
        facts.put("training_tokens", counts.total());
        encode(uses, vocabulary);
    }

    private void encode(RowUses uses, Vocabulary known) {
        SpanWriter writer = files.spans("tokens");
        var row = new TokenRow(spec.maxLength());
        for (long number = 0; number < uses.count(); number++) {
            row.length = 0;
            if (uses.get(number) != RowUse.DROPPED) {
                texts.tokens(number, token -> row.add(known.number(token)));
            }
            writer.add(MemorySegment.ofArray(row.numbers).asSlice(0, (long) row.length * Integer.BYTES));
        }
        tokens = writer.finish();
    }

    @Override
    public InputStage stage() {
        return new TokenStage(Shape.ANY, vocabulary().size());
    }

    @Override
    public List<Tensor> tensors(long[] rows) {
        long steps = steps(rows);
        Tensor padded = torch.zeros(new long[] {rows.length, steps}, new TensorOptions(torch.ScalarType.Int));
        MemorySegment memory = Batches.memory(padded, rows.length * steps * Integer.BYTES);
        for (int i = 0; i < rows.length; i++) {
            MemorySegment row = tokens().row(rows[i]);
            MemorySegment.copy(row, 0, memory, i * steps * Integer.BYTES, row.byteSize());
        }
        return List.of(padded.to(torch.ScalarType.Long));
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        int steps = Math.toIntExact(steps(rows));
        long[] values = new long[Math.multiplyExact(rows.length, steps)];
        for (int i = 0; i < rows.length; i++) {
            int[] row = tokens().row(rows[i]).toArray(ValueLayout.JAVA_INT);
            for (int step = 0; step < row.length; step++) {
                values[i * steps + step] = row[step];
            }
        }
        return List.of(new Feed(TokenStage.INPUT_IDS, values, new long[] {rows.length, steps}));
    }

    private long steps(long[] rows) {
        long most = 1;
        for (long row : rows) {
            most = Math.max(most, tokens().row(row).byteSize() / Integer.BYTES);
        }
        return most;
    }

    @Override
    public Map<String, byte[]> files() {
        return Map.of(
                TokenizerFile.NAME, TokenizerFile.write(texts.tokenization(), vocabulary(), spec.maxLength(), false));
    }

    @Override
    public int column(int place) {
        return texts.index();
    }

    @Override
    public Map<String, Object> facts() {
        return facts;
    }

    private Vocabulary vocabulary() {
        return Objects.requireNonNull(vocabulary, "not fitted");
    }

    private Spans tokens() {
        return Objects.requireNonNull(tokens, "not fitted");
    }

    /** Numbers of a row's tokens, as many as it may have. */
    private static final class TokenRow {
        private final int[] numbers;
        private int length;

        TokenRow(int most) {
            this.numbers = new int[most];
        }

        void add(int number) {
            if (length < numbers.length) {
                numbers[length++] = number;
            }
        }
    }
}
