package io.modelmill.gateway.rest;

/** Numbers of 16 bits. */
final class HalfPrecision {
    /** The least magnitude that rounds to infinity in FP16. */
    static final float FP16_OVERFLOW = 65_520f;

    private HalfPrecision() {}

    /** The upper half of a float, rounded to nearest, ties to even. */
    static short toBf16(float value) {
        int bits = Float.floatToIntBits(value);
        return Float.isNaN(value) ? (short) 0x7fc0 : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
