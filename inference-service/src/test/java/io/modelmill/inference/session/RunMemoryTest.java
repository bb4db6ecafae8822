package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunMemoryTest {
    private final RunMemory memory = new RunMemory();

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void usesABlockAgain() {
        RunMemory.Block first = memory.take(1000);
        memory.giveBack(first);

        assertThat(memory.take(2000)).isSameAs(first);
        memory.giveBack(first);
    }

    @Test
    void growsToWhatIsNeeded() {
        RunMemory.Block small = memory.take(1000);
        memory.giveBack(small);
        RunMemory.Block large = memory.take(small.size() + 1);

        assertThat(large.size()).isGreaterThan(small.size());
        memory.giveBack(large);
    }

    @Test
    void leavesAResultAliveWhileTheNextRunGoes() {
        RunMemory.Block first = memory.take(8);
        ByteBuffer result = first.next(8).putLong(0, 42);
        RunMemory.Block second = memory.take(8);
        second.next(8).putLong(0, 7);

        assertThat(result.getLong(0)).isEqualTo(42);
        memory.giveBack(second);
        memory.giveBack(first);
    }

    @Test
    void alignsPiecesAndKeepsThemApart() {
        RunMemory.Block block = memory.take(
                RunMemory.Block.footprint(3) + RunMemory.Block.footprint(0) + RunMemory.Block.footprint(65));
        ByteBuffer odd = block.next(3);
        ByteBuffer none = block.next(0);
        ByteBuffer long65 = block.next(65);

        assertThat(MemorySegment.ofBuffer(none).address()
                        - MemorySegment.ofBuffer(odd).address())
                .isEqualTo(64);
        assertThat(MemorySegment.ofBuffer(long65).address() % 64).isZero();
        assertThat(long65.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(long65.capacity()).isEqualTo(65);
        memory.giveBack(block);
    }

    @Test
    void givesHugeMemoryBackOnceRunsDoWithoutIt() {
        RunMemory.Block huge = memory.take(RunMemory.RETAINED_BYTES + 1);
        memory.giveBack(huge);
        for (int run = 0; run < RunMemory.PATIENCE; run++) {
            RunMemory.Block same = memory.take(1000);
            assertThat(same).isSameAs(huge);
            memory.giveBack(same);
        }

        RunMemory.Block afterwards = memory.take(1000);

        assertThat(afterwards.size()).isLessThan(RunMemory.RETAINED_BYTES);
        memory.giveBack(afterwards);
    }

    @Test
    void keepsHugeMemoryThatIsNeededNowAndThen() {
        RunMemory.Block huge = memory.take(RunMemory.RETAINED_BYTES + 1);
        memory.giveBack(huge);
        for (int run = 0; run < 3 * RunMemory.PATIENCE; run++) {
            RunMemory.Block same = memory.take(run % RunMemory.PATIENCE == 0 ? RunMemory.RETAINED_BYTES + 1 : 1000);
            assertThat(same).isSameAs(huge);
            memory.giveBack(same);
        }
    }
}
