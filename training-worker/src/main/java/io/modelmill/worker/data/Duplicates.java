package io.modelmill.worker.data;

import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Finds rows that are the same byte for byte. The table of those seen is on disk, 32 to 64 bytes a row; two rows of one hash are
 * compared.
 */
final class Duplicates {
    private static final long PRIME = 0x9E3779B97F4A7C15L;
    private static final int HASH = 0;
    private static final int ROW = 1;

    private final List<Stored> parts;
    private final Records table;
    private final long slots;

    private Duplicates(List<Stored> parts, long rows, WorkFiles files) {
        this.parts = parts;
        this.slots = Math.max(2, Long.highestOneBit(rows) * 4);
        this.table = files.zeros("duplicates", 2L * Long.BYTES, slots);
    }

    /**
     * Drops all but the first of each.
     *
     * @param parts what makes a row
     * @return how many
     */
    static long drop(List<Stored> parts, RowUses uses, WorkFiles files) {
        var duplicates = new Duplicates(parts, uses.count(), files);
        long dropped = 0;
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) != RowUse.DROPPED && !duplicates.isNew(row)) {
                uses.set(row, RowUse.DROPPED);
                dropped++;
            }
        }
        return dropped;
    }

    private boolean isNew(long row) {
        long hash = 0;
        for (Stored part : parts) {
            hash = hash(part.row(row), hash);
        }
        long slot = hash & (slots - 1);
        while (table.longAt(slot, ROW) != 0) {
            if (table.longAt(slot, HASH) == hash && same(table.longAt(slot, ROW) - 1, row)) {
                return false;
            }
            slot = slot + 1 & (slots - 1);
        }
        table.set(slot, HASH, hash);
        table.set(slot, ROW, row + 1);
        return true;
    }

    private boolean same(long one, long other) {
        return parts.stream().allMatch(part -> part.row(one).mismatch(part.row(other)) < 0);
    }

    private static long hash(MemorySegment bytes, long seed) {
        long hash = seed + bytes.byteSize() * PRIME;
        long whole = bytes.byteSize() & -Long.BYTES;
        for (long at = 0; at < whole; at += Long.BYTES) {
            hash = mix(hash ^ bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
        }
        for (long at = whole; at < bytes.byteSize(); at++) {
            hash = mix(hash ^ bytes.get(ValueLayout.JAVA_BYTE, at));
        }
        return hash;
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * PRIME;
        return mixed ^ mixed >>> 29;
    }
}
