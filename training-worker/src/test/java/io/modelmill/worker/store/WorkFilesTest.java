package io.modelmill.worker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFilesTest {
    @TempDir
    Path folder;

    @Test
    void keepsMoreRowsThanABufferHolds() {
        try (var files = new WorkFiles(folder)) {
            RecordWriter writer = files.records("numbers", 12);
            for (int row = 0; row < 200_000; row++) {
                MemorySegment record = writer.next();
                for (int place = 0; place < 3; place++) {
                    record.setAtIndex(ValueLayout.JAVA_INT, place, row * 3 + place);
                }
            }
            Records records = writer.finish();
            assertThat(records.count()).isEqualTo(200_000);
            assertThat(records.intAt(199_999, 2)).isEqualTo(599_999);
            int[] some = new int[6];
            records.gather(new long[] {150_000, 7}, MemorySegment.ofArray(some));
            assertThat(some).containsExactly(450_000, 450_001, 450_002, 21, 22, 23);
        }
    }

    @Test
    void keepsRowsOfAnyLength() {
        try (var files = new WorkFiles(folder)) {
            SpanWriter writer = files.spans("texts");
            byte[] large = new byte[3 << 20];
            new Random(1).nextBytes(large);
            writer.add(MemorySegment.ofArray("one".getBytes(StandardCharsets.UTF_8)));
            writer.add(MemorySegment.ofArray(new byte[0]));
            writer.add(MemorySegment.ofArray(large));
            writer.add(MemorySegment.ofArray("four".getBytes(StandardCharsets.UTF_8)));
            Spans spans = writer.finish();
            assertThat(spans.count()).isEqualTo(4);
            assertThat(spans.row(0).toArray(ValueLayout.JAVA_BYTE)).asString().isEqualTo("one");
            assertThat(spans.row(1).byteSize()).isZero();
            assertThat(spans.row(2).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(large);
            assertThat(spans.row(3).toArray(ValueLayout.JAVA_BYTE)).asString().isEqualTo("four");
        }
    }

    @Test
    void keepsNoRows() {
        try (var files = new WorkFiles(folder)) {
            assertThat(files.records("none", 4).finish().count()).isZero();
            assertThat(files.spans("no-spans").finish().count()).isZero();
        }
    }

    @Test
    void refusesRowsBeyondTheLast() {
        try (var files = new WorkFiles(folder)) {
            RecordWriter writer = files.records("one", 4);
            writer.add(1);
            Records records = writer.finish();
            assertThatThrownBy(() -> records.intAt(1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> records.gather(new long[] {1}, MemorySegment.ofArray(new int[1])))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void leavesNothingBehind() {
        Records records;
        try (var files = new WorkFiles(folder)) {
            records = files.zeros("zeros", 8, 100);
            records.set(99, 0, 5L);
            files.records("unfinished", 1).add((byte) 1);
            assertThat(records.longAt(99, 0)).isEqualTo(5);
            assertThat(folder).isNotEmptyDirectory();
        }
        assertThat(folder).isEmptyDirectory();
        assertThatThrownBy(() -> records.longAt(0, 0)).isInstanceOf(IllegalStateException.class);
    }
}
