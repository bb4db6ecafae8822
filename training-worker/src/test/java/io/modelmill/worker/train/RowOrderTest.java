package io.modelmill.worker.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowOrderTest {
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "10, 3, 4", "100, 100, 7", "1000, 10, 64", "1001, 16, 8", "64, 1, 64"})
    void takesEachRowOnce(int count, int blockSize, int batch) {
        long[] order = order(1, 1, count, blockSize, batch);
        assertThat(order)
                .hasSize(count)
                .containsExactlyInAnyOrder(LongStream.range(0, count).toArray());
    }

    @Test
    void followsFromSeedAndEpoch() {
        long[] order = order(1, 1, 500, 10, 64);
        assertThat(order(1, 1, 500, 10, 7)).isEqualTo(order);
        assertThat(order(1, 2, 500, 10, 64)).isNotEqualTo(order);
        assertThat(order(2, 1, 500, 10, 64)).isNotEqualTo(order);
        assertThat(order).isNotEqualTo(LongStream.range(0, 500).toArray());
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "64", "79", "80", "81", "499", "500"})
    void passesOverWhatWasTaken(int skipped) {
        long[] order = order(5, 3, 500, 10, 64);
        var rest = new RowOrder(5, 3, 500, 10);
        rest.skip(skipped);
        assertThat(rest.next(500)).isEqualTo(Arrays.copyOfRange(order, skipped, 500));
    }

    @Test
    void readsAFewBlocksAtATime() {
        long[] order = order(1, 1, 10_000, 100, 64);
        for (int start = 0; start < order.length; start += 800) {
            assertThat(Arrays.stream(order, start, Math.min(order.length, start + 800))
                            .map(row -> row / 100)
                            .distinct()
                            .count())
                    .isEqualTo(Math.min(8, (order.length - start) / 100));
        }
    }

    /** Each row comes first about as often as any other: a thousand times in twenty thousand, give or take five deviations. */
    @Test
    void isFair() {
        int[] firsts = new int[20];
        for (int epoch = 1; epoch <= 20_000; epoch++) {
            firsts[(int) new RowOrder(9, epoch, 20, 4).next(1)[0]]++;
        }
        for (int times : firsts) {
            assertThat(times).isBetween(850, 1150);
        }
    }

    private static long[] order(long seed, int epoch, int count, int blockSize, int batch) {
        var order = new RowOrder(seed, epoch, count, blockSize);
        long[] all = {};
        for (long[] next = order.next(batch); next.length > 0; next = order.next(batch)) {
            int end = all.length;
            all = Arrays.copyOf(all, end + next.length);
            System.arraycopy(next, 0, all, end, next.length);
        }
        return all;
    }
}
