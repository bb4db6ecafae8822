package io.modelmill.gateway.routing;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.modelmill.servicekit.security.Caller;
import java.io.IOException;

/**
 * Reads which model a request is for, and nothing else of it. All requests of the inference protocol name it in field 1,
 * which every known writer puts first; those of the model repository leave that one out, for there is one repository, and
 * name the model in field 2.
 */
final class ModelKeyCodec {
    private static final int NAME_FIELD = 1;
    private static final int REPOSITORY_NAME_FIELD = 2;

    private ModelKeyCodec() {}

    /**
     * A key that is the same for all callers of one model: {@code publisher.model}.
     *
     * @return empty text if the request names no model or is malformed; the replica will say so
     */
    static String read(byte[] request, Caller caller) {
        String name = name(request);
        return name.isEmpty() || name.indexOf('.') >= 0 ? name : caller.tenant().orElse("") + "." + name;
    }

    private static String name(byte[] request) {
        CodedInputStream fields = CodedInputStream.newInstance(request);
        String second = "";
        try {
            for (int tag = fields.readTag(); tag != 0; tag = fields.readTag()) {
                boolean text = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
                if (text && WireFormat.getTagFieldNumber(tag) == NAME_FIELD) {
                    return fields.readString();
                }
                if (text && WireFormat.getTagFieldNumber(tag) == REPOSITORY_NAME_FIELD) {
                    second = fields.readString();
                } else if (!fields.skipField(tag)) {
                    return "";
                }
            }
            return second;
        } catch (IOException malformed) {
            return "";
        }
    }
}
