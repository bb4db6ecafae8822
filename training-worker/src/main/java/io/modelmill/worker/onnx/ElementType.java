package io.modelmill.worker.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;

/** What a tensor of a graph holds. */
public enum ElementType {
    /** 32-bit floats. */
    FLOAT(DataType.FLOAT),
    /** 64-bit integers. */
    INTEGER(DataType.INT64),
    /** Integers from 0 to 255. */
    BYTE(DataType.UINT8),
    /** Texts in UTF-8. */
    TEXT(DataType.STRING);

    private final DataType type;

    ElementType(DataType type) {
        this.type = type;
    }

    /** As ONNX counts it. */
    int number() {
        return type.getNumber();
    }
}
