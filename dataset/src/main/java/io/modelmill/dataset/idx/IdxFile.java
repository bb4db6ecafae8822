package io.modelmill.dataset.idx;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.source.PlainStream;
import io.modelmill.dataset.source.UnpackedBytes;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** An array of bytes, read item by item; the first axis is the items. */
final class IdxFile implements Closeable {
    private static final int UNSIGNED_BYTES = 0x08;
    private static final String EXPECTED = "an IDX file";

    private final String name;
    private final DataInputStream bytes;
    /** Axes of unsigned 32-bit integers. */
    private final long[] axes;

    private long read;

    private IdxFile(String name, DataInputStream bytes, int axisCount) throws IOException {
        this.name = name;
        this.bytes = bytes;
        int magic = bytes.readInt();
        int expected = UNSIGNED_BYTES << 8 | axisCount;
        if (magic != expected) {
            throw new BadDataException("%s: begins with 0x%08x (expected: 0x%08x, unsigned bytes of %d axes)"
                    .formatted(name, magic, expected, axisCount));
        }
        this.axes = new long[axisCount];
        for (int axis = 0; axis < axisCount; axis++) {
            axes[axis] = Integer.toUnsignedLong(bytes.readInt());
        }
    }

    /** Opens an array of unsigned bytes with as many axes, before its first item. */
    static IdxFile open(DatasetFile file, int axisCount, UnpackedBytes unpacked) {
        try {
            InputStream plain = PlainStream.open(file, unpacked, file.name());
            try {
                return new IdxFile(file.name(), new DataInputStream(plain), axisCount);
            } catch (EOFException e) {
                plain.close();
                throw new BadDataException(file.name() + ": ends within its header (expected: " + EXPECTED + ")");
            } catch (IOException | RuntimeException e) {
                plain.close();
                throw e;
            }
        } catch (IOException e) {
            throw PlainStream.failure(e, file.name(), EXPECTED);
        }
    }

    String name() {
        return name;
    }

    /** Items. */
    long count() {
        return axes[0];
    }

    /** Axes of an item. */
    long[] itemAxes() {
        return Arrays.copyOfRange(axes, 1, axes.length);
    }

    /** Fills the target, which is as large as an item, with the next one. */
    void read(byte[] target) {
        try {
            int filled = bytes.readNBytes(target, 0, target.length);
            if (filled < target.length) {
                throw new BadDataException(name + ": ends within item " + (read + 1) + " (expected: " + count()
                        + " items of " + target.length + " bytes)");
            }
            read++;
        } catch (IOException e) {
            throw PlainStream.failure(e, name, EXPECTED);
        }
    }

    /** Throws if there is more than the items. */
    void expectEnd() {
        try {
            if (bytes.read() >= 0) {
                throw new BadDataException(
                        name + ": more bytes behind the last item (expected: " + count() + " items)");
            }
        } catch (IOException e) {
            throw PlainStream.failure(e, name, EXPECTED);
        }
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
