package io.modelmill.worker.data;

import io.modelmill.worker.input.TokenStage;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.text.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Tokens, each paired with those around it in its line.
 *
 * @param tokens 32-bit numbers of the known tokens of all lines; {@link #BREAK} stands before and behind each line
 * @param window tokens to each side that are its context
 */
record TokenPairs(Records tokens, int window, Vocabulary vocabulary, Map<String, byte[]> files) implements FittedRows {
    /** Between two lines. */
    static final int BREAK = -1;

    @Override
    public InputStage stage() {
        return new TokenStage(1, vocabulary.size());
    }

    @Override
    public Batch read(long[] rows) {
        Pairs pairs = pairs(rows);
        return new Batch(
                List.of(Batches.of(pairs.centres, pairs.centres.length, 1)),
                Batches.of(pairs.contexts, pairs.contexts.length));
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        Pairs pairs = pairs(rows);
        return List.of(new Feed(TokenStage.INPUT_IDS, pairs.centres, new long[] {pairs.centres.length, 1}));
    }

    @SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
    private record Pairs(long[] centres, long[] contexts) {}

    private Pairs pairs(long[] rows) {
        long[] centres = new long[Math.multiplyExact(rows.length, 2 * window)];
        long[] contexts = new long[centres.length];
        int count = 0;
        for (long row : rows) {
            int centre = tokens.intAt(row, 0);
            for (int direction = -1; direction <= 1; direction += 2) {
                for (int distance = 1; distance <= window; distance++) {
                    int context = tokens.intAt(row + (long) direction * distance, 0);
                    if (context == BREAK) {
                        break;
                    }
                    centres[count] = centre;
                    contexts[count++] = context;
                }
            }
        }
        return new Pairs(Arrays.copyOf(centres, count), Arrays.copyOf(contexts, count));
    }
}
