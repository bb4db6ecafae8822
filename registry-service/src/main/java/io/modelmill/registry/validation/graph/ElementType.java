package io.modelmill.registry.validation.graph;

import java.util.Arrays;
import java.util.Optional;

/** Element types of stored tensors, in the order of {@code TensorProto.DataType}, whose first is no type. */
enum ElementType {
    UNDEFINED(0, Typed.NONE),
    FLOAT(32, Typed.FLOATS),
    UINT8(8, Typed.INT32S),
    INT8(8, Typed.INT32S),
    UINT16(16, Typed.INT32S),
    INT16(16, Typed.INT32S),
    INT32(32, Typed.INT32S),
    INT64(64, Typed.INT64S),
    STRING(0, Typed.STRINGS),
    BOOL(8, Typed.INT32S),
    FLOAT16(16, Typed.INT32S),
    DOUBLE(64, Typed.DOUBLES),
    UINT32(32, Typed.UINT64S),
    UINT64(64, Typed.UINT64S),
    COMPLEX64(64, Typed.FLOATS),
    COMPLEX128(128, Typed.DOUBLES),
    BFLOAT16(16, Typed.INT32S),
    FLOAT8E4M3FN(8, Typed.INT32S),
    FLOAT8E4M3FNUZ(8, Typed.INT32S),
    FLOAT8E5M2(8, Typed.INT32S),
    FLOAT8E5M2FNUZ(8, Typed.INT32S),
    UINT4(4, Typed.INT32S),
    INT4(4, Typed.INT32S),
    FLOAT4E2M1(4, Typed.INT32S),
    FLOAT8E8M0(8, Typed.INT32S),
    UINT2(2, Typed.INT32S),
    INT2(2, Typed.INT32S);

    /** The field that values lie in when they are not in {@code raw_data}. */
    enum Typed {
        NONE,
        FLOATS,
        INT32S,
        INT64S,
        UINT64S,
        DOUBLES,
        STRINGS
    }

    private static final ElementType[] BY_NUMBER = values();

    private final int bits;
    private final Typed typed;

    ElementType(int bits, Typed typed) {
        this.bits = bits;
        this.typed = typed;
    }

    /** Empty if no tensor's elements can be of this type. */
    static Optional<ElementType> of(long number) {
        return number > 0 && number < BY_NUMBER.length ? Optional.of(BY_NUMBER[(int) number]) : Optional.empty();
    }

    static String expected() {
        return "1 to " + (BY_NUMBER.length - 1) + ", "
                + Arrays.stream(BY_NUMBER).skip(1).toList();
    }

    Typed typed() {
        return typed;
    }

    /**
     * Bytes of so many elements, packed as in {@code raw_data}; 0 for texts, which have no fixed size.
     *
     * @throws ArithmeticException if they cannot be counted
     */
    long bytes(long elements) {
        return bits >= Byte.SIZE
                ? Math.multiplyExact(elements, (long) bits / Byte.SIZE)
                : Math.ceilDiv(Math.multiplyExact(elements, (long) bits), (long) Byte.SIZE);
    }

    /** Values in the typed field: complex numbers take two, a number below a byte shares one. */
    long values(long elements) {
        return switch (this) {
            case COMPLEX64, COMPLEX128 -> Math.multiplyExact(elements, 2L);
            case UINT4, INT4, FLOAT4E2M1, UINT2, INT2 -> bytes(elements);
            default -> elements;
        };
    }
}
