package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RandomSplit;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import io.modelmill.worker.text.TokenCounts;
import io.modelmill.worker.text.TokenizerFile;
import io.modelmill.worker.text.Vocabulary;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prepares text for the prediction of next tokens. All lines are one text, or one for each subset where the data tell them
 * apart; it is cut into windows, which are divided: no window trains whose tokens, or the last's next, are another use's.
 */
final class WindowPreparation {
    private static final List<RowUse> SUBSETS = List.of(RowUse.TRAINING, RowUse.VALIDATION, RowUse.HELD_OUT);

    private final DataSpec.Text spec;
    private final Splitting splitting;
    private final Cleaning cleaning;
    private final Inherited inherited;
    private final WorkFiles files;
    private final int length;

    WindowPreparation(
            DataSpec.Text spec, Splitting splitting, Cleaning cleaning, Inherited inherited, WorkFiles files) {
        this.inherited = inherited;
        this.spec = spec;
        this.splitting = splitting;
        this.cleaning = cleaning;
        this.files = files;
        this.length = spec.maxLength();
        if (length < 2) {
            throw Choices.refused("text.max_length", length, "at least 2, for windows of text");
        }
        if (splitting.type() == Splitting.Type.STRATIFIED) {
            throw Choices.refused("split.type", "stratified", "random, time, given or none, for text without classes");
        }
        if (splitting.type() == Splitting.Type.TIME && !splitting.column().isEmpty()) {
            throw Choices.refused("split.column", splitting.column(), "none: text stands in the order of time");
        }
    }

    TrainingData prepare(RowCursor cursor, Columns columns) {
        TextLines lines = TextLines.read(cursor, columns, spec, true, splitting, cleaning, files);
        Map<RowUse, Stream> streams = streams(lines);
        RowUses uses = uses(streams);
        divide(uses);
        var counts = new TokenCounts(spec.vocabularySize());
        streams.forEach((use, stream) -> {
            var place = new long[1];
            lines.tokens(use, token -> {
                if (uses.get(stream.window(place[0]++ / length)) == RowUse.TRAINING) {
                    counts.add(token);
                }
            });
        });
        Vocabulary vocabulary = inherited
                .tokenizer()
                .map(tokenizer -> TokenizerFile.read(tokenizer, lines.texts().tokenization(), length, true))
                .orElseGet(counts::vocabulary);
        Records windows = encode(lines, streams, uses, vocabulary);
        Map<String, Object> facts = new LinkedHashMap<>(lines.facts());
        facts.put("vocabulary_size", vocabulary.size());
        facts.put("training_tokens", counts.total());
        facts.put("tokens", streams.values().stream().mapToLong(Stream::tokens).sum());
        byte[] tokenizer = TokenizerFile.write(lines.texts().tokenization(), vocabulary, length, true);
        return new PreparedRows(
                files,
                new TextWindows(windows, length, vocabulary, Map.of(TokenizerFile.NAME, tokenizer)),
                new Answers.NextToken(vocabulary.texts()),
                Division.numbers(uses, files),
                Map.of(),
                facts);
    }

    /**
     * A text.
     *
     * @param first number of its first window
     * @param windows that it has: its last token is only ever predicted
     */
    private record Stream(long tokens, long first, long windows) {
        long window(long number) {
            return first + Math.min(number, windows - 1);
        }
    }

    private Map<RowUse, Stream> streams(TextLines lines) {
        Map<RowUse, Stream> streams = new LinkedHashMap<>();
        long first = 0;
        for (RowUse use : splitting.isGiven() ? SUBSETS : List.of(RowUse.TRAINING)) {
            long[] tokens = new long[1];
            lines.tokens(use, token -> tokens[0]++);
            long windows = Math.ceilDiv(Math.max(0, tokens[0] - 1), (long) length);
            if (windows > 0) {
                streams.put(use, new Stream(tokens[0], first, windows));
                first += windows;
            }
        }
        if (first == 0) {
            throw new JobFailedException("the text has fewer than 2 tokens (expected: at least 2)");
        }
        return streams;
    }

    private RowUses uses(Map<RowUse, Stream> streams) {
        RecordWriter writer = files.records("window-uses", 1);
        streams.forEach((use, stream) -> {
            for (long window = 0; window < stream.windows; window++) {
                writer.add(use.code());
            }
        });
        return new RowUses(writer.finish());
    }

    private void divide(RowUses uses) {
        switch (splitting.type()) {
            case RANDOM -> {
                share(uses);
                RandomSplit.holdOut(uses, Groups.ONE, splitting.heldOut(), splitting.validation(), splitting.seed());
            }
            case TIME -> {
                long[] share = share(uses);
                long heldOut = uses.count() - share[0];
                for (long window = heldOut - share[1]; window < uses.count(); window++) {
                    uses.set(window, window < heldOut ? RowUse.VALIDATION : RowUse.HELD_OUT);
                }
            }
            case GIVEN -> Division.given(uses, splitting, Groups.ONE);
            case NONE, STRATIFIED -> {}
        }
    }

    /** Windows to hold out, and to validate on. */
    private long[] share(RowUses uses) {
        long windows = uses.count();
        long heldOut = Math.max(1, Math.round(windows * splitting.heldOut()));
        long validation = splitting.validation() > 0 ? Math.max(1, Math.round(windows * splitting.validation())) : 0;
        if (heldOut + validation >= windows) {
            throw new JobFailedException(
                    "the text has %d window(s) of %d tokens (expected: more than the %d to hold out and %d to validate on; a smaller data.text.max_length makes more)"
                            .formatted(windows, length, heldOut, validation));
        }
        return new long[] {heldOut, validation};
    }

    private Records encode(TextLines lines, Map<RowUse, Stream> streams, RowUses uses, Vocabulary vocabulary) {
        RecordWriter writer = files.records("windows", (length + 1L) * Integer.BYTES);
        streams.forEach((use, stream) -> {
            var window = new Window(writer, uses, stream);
            lines.tokens(use, token -> window.add(vocabulary.number(token)));
            window.end();
        });
        return writer.finish();
    }

    /** The window that is being filled. */
    private final class Window {
        private final RecordWriter writer;
        private final RowUses uses;
        private final int[] tokens = new int[length + 1];
        private final long behind;
        private long number;
        private int filled;

        Window(RecordWriter writer, RowUses uses, Stream stream) {
            this.writer = writer;
            this.uses = uses;
            this.number = stream.first;
            this.behind = stream.first + stream.windows;
        }

        void add(int token) {
            if (filled == length) {
                boolean mayBeTold = number + 1 == behind || uses.get(number + 1) == uses.get(number);
                tokens[filled] = mayBeTold ? token : TextWindows.NONE;
                write();
                number++;
                filled = 0;
            }
            tokens[filled++] = token;
        }

        void end() {
            if (number < behind) {
                Arrays.fill(tokens, filled, tokens.length, TextWindows.NONE);
                write();
            }
        }

        private void write() {
            MemorySegment.copy(tokens, 0, writer.next(), ValueLayout.JAVA_INT, 0, tokens.length);
        }
    }
}
