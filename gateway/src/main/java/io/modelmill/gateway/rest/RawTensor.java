package io.modelmill.gateway.rest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Elements in raw form (row-major, little-endian, no padding), as they are added. */
final class RawTensor {
    private static final int FIRST_CAPACITY = 256;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_CAPACITY).order(ByteOrder.LITTLE_ENDIAN);

    void addByte(int value) {
        room(Byte.BYTES).put((byte) value);
    }

    void addShort(int value) {
        room(Short.BYTES).putShort((short) value);
    }

    void addInt(int value) {
        room(Integer.BYTES).putInt(value);
    }

    void addLong(long value) {
        room(Long.BYTES).putLong(value);
    }

    void addFloat(float value) {
        room(Float.BYTES).putFloat(value);
    }

    void addDouble(double value) {
        room(Double.BYTES).putDouble(value);
    }

    /** Adds an element of BYTES. */
    void addBytes(byte[] value) {
        room(Integer.BYTES + value.length).putInt(value.length).put(value);
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int needed = Math.addExact(buffer.position(), bytes);
            int doubled = (int) Math.min(2L * buffer.capacity(), Integer.MAX_VALUE - 8);
            byte[] grown = Arrays.copyOf(buffer.array(), Math.max(needed, doubled));
            buffer = ByteBuffer.wrap(grown).order(ByteOrder.LITTLE_ENDIAN).position(buffer.position());
        }
        return buffer;
    }

    /** All elements so far. The tensor must not be added to afterwards. */
    ByteBuffer bytes() {
        return buffer.duplicate().flip();
    }
}
