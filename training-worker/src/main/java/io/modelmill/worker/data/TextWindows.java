package io.modelmill.worker.data;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.input.TokenStage;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.text.Vocabulary;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Windows of a text, one behind the other, from which the next token of each is predicted.
 *
 * @param windows 32-bit numbers of the tokens of each and of the one behind it; {@link #NONE} where there is none
 * @param length tokens of a window
 */
record TextWindows(Records windows, int length, Vocabulary vocabulary, Map<String, byte[]> files)
        implements FittedRows {
    /** In place of a token. */
    static final int NONE = -1;

    /** A target that no loss counts. */
    private static final long IGNORED = -100;

    @Override
    public InputStage stage() {
        return new TokenStage(Shape.ANY, vocabulary.size());
    }

    @Override
    public Batch read(long[] rows) {
        Tensor tokens = Batches.gather(windows, torch.ScalarType.Int, rows, List.of(length + 1L))
                .to(torch.ScalarType.Long);
        Tensor input = tokens.narrow(1, 0, length).clamp_min(new Scalar((long) Vocabulary.PADDING));
        Tensor next = tokens.narrow(1, 1, length);
        Tensor target = next.masked_fill(next.lt(new Scalar(0L)), new Scalar(IGNORED));
        return new Batch(List.of(input), target);
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        int[] tokens = new int[Math.multiplyExact(rows.length, length + 1)];
        windows.gather(rows, MemorySegment.ofArray(tokens));
        long[] values = new long[rows.length * length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.max(Vocabulary.PADDING, tokens[i / length * (length + 1) + i % length]);
        }
        return List.of(new Feed(TokenStage.INPUT_IDS, values, new long[] {rows.length, length}));
    }
}
