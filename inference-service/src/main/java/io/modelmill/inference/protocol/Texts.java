package io.modelmill.inference.protocol;

import com.google.protobuf.ByteString;
import io.modelmill.servicekit.error.Violations;
import java.util.List;

/** Elements of datatype BYTES, which ONNX Runtime takes as text. */
final class Texts {
    private Texts() {}

    /**
     * Reads UTF-8.
     *
     * @return false for what is none, which was noted; one of millions is enough to see what went wrong
     */
    static boolean decode(ByteString bytes, String field, List<String> into, Violations violations) {
        if (!bytes.isValidUtf8()) {
            violations.add(field, bytes.size() + " bytes that are no UTF-8", "UTF-8");
            return false;
        }
        into.add(bytes.toStringUtf8());
        return true;
    }
}
