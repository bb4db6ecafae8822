package io.modelmill.gateway.rest;

import io.modelmill.servicekit.error.Violations;
import java.util.Arrays;

/** Element types of the Open Inference Protocol, with the bytes that one element takes in raw form. */
enum TensorDatatype {
    BOOL(1),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),
    FP16(2),
    BF16(2),
    FP32(4),
    FP64(8),
    /** Each element is its length in 4 bytes and then its bytes. */
    BYTES(0);

    private final int size;

    TensorDatatype(int size) {
        this.size = size;
    }

    /** Bytes of one element; 0 if elements differ. */
    int size() {
        return size;
    }

    static TensorDatatype of(String name, String field) {
        for (TensorDatatype datatype : values()) {
            if (datatype.name().equals(name)) {
                return datatype;
            }
        }
        throw Violations.of(field, name, "one of " + Arrays.toString(values()));
    }
}
