package io.modelmill.inference.model;

/** Element types of the Open Inference Protocol; a constant's name is the protocol's own. */
public enum Datatype {
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
    /** Elements of any length; ONNX calls them strings. */
    BYTES(0),
    /** A type that the protocol has no name for, such as a sequence. */
    OTHER(0);

    private final int elementBytes;

    Datatype(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    /** The type of that name, {@link #OTHER} if the protocol has none. */
    public static Datatype of(String name) {
        for (Datatype datatype : values()) {
            if (datatype.name().equals(name)) {
                return datatype;
            }
        }
        return OTHER;
    }

    /** Size of an element in bytes; 0 if it varies. */
    public int elementBytes() {
        return elementBytes;
    }

    /** Whether ONNX Runtime's Java API can take a tensor of this type as input. It can answer all but OTHER. */
    public boolean canBeFed() {
        return switch (this) {
            case UINT16, UINT32, UINT64, OTHER -> false;
            case BOOL, INT8, INT16, INT32, INT64, UINT8, FP16, BF16, FP32, FP64, BYTES -> true;
        };
    }

    /** Whether the protocol has a field of typed contents for this type. */
    public boolean hasTypedContents() {
        return this != FP16 && this != BF16 && this != OTHER;
    }
}
