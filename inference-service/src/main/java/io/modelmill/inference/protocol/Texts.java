package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import io.modelmill.servicekit.error.Violations;

/** Elements of datatype BYTES, which ONNX Runtime takes as text. */
final class Texts {
    private Texts() {}

    /** Reads UTF-8, noting what is none. */
    static String decode(ByteString bytes, String field, Violations violations) {
        violations.check(bytes.isValidUtf8(), field, bytes.size() + " bytes that are no UTF-8", "UTF-8");
        return bytes.toStringUtf8();
    }
}
