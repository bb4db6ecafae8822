package io.modelmill.gateway.routing;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.modelmill.servicekit.security.Caller;
import java.io.IOException;

/**
 * Reads which model a request is for, and nothing else of it. ModelInferRequest, ModelMetadataRequest and
 * ModelReadyRequest all name it in field 1, which every known writer puts first.
 */
final class ModelKeyCodec {
    private static final int NAME_FIELD = 1;

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
        try {
            for (int tag = fields.readTag(); tag != 0; tag = fields.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == NAME_FIELD
                        && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                    return fields.readString();
                }
                if (!fields.skipField(tag)) {
                    return "";
                }
            }
            return "";
        } catch (IOException malformed) {
            return "";
        }
    }
}
