package io.modelmill.dataset.numpy;

import io.modelmill.dataset.BadDataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What stands before an array's items.
 *
 * @param type of the items, as NumPy writes it
 * @param isFortranOrder whether the first axis is the fastest
 * @param shape the first axis is the rows
 * @param bytes of all that stands before the items
 */
record NpyHeader(String type, boolean isFortranOrder, List<Long> shape, int bytes) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST = 1 << 16;

    NpyHeader {
        shape = List.copyOf(shape);
    }

    /** Reads a header of version 1, 2 or 3. */
    static NpyHeader read(InputStream array, String place) throws IOException {
        ByteBuffer start = take(array, MAGIC.length + 2, place);
        for (byte expected : MAGIC) {
            if (start.get() != expected) {
                throw new BadDataException(place + ": no array (expected: a file that begins with \\x93NUMPY)");
            }
        }
        int version = Byte.toUnsignedInt(start.get());
        if (version < 1 || version > 3) {
            throw new BadDataException(place + ": version " + version + " of the format (expected: 1, 2 or 3)");
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        ByteBuffer length = take(array, lengthBytes, place);
        long characters =
                version == 1 ? Short.toUnsignedLong(length.getShort()) : Integer.toUnsignedLong(length.getInt());
        if (characters > LONGEST) {
            throw new BadDataException(
                    place + ": a header of " + characters + " bytes (expected: at most " + LONGEST + ")");
        }
        String text = new String(take(array, (int) characters, place).array(), StandardCharsets.UTF_8);
        int bytes = start.capacity() + lengthBytes + (int) characters;
        return new PythonLiteral(text, place).header(bytes);
    }

    private static ByteBuffer take(InputStream array, int count, String place) throws IOException {
        byte[] taken = array.readNBytes(count);
        if (taken.length < count) {
            throw new BadDataException(place + ": ends within its header (expected: an array)");
        }
        return ByteBuffer.wrap(taken).order(ByteOrder.LITTLE_ENDIAN);
    }
}
