package io.modelmill.servicekit.error;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import java.util.List;

/**
 * Keeps a failure small enough to arrive. Status and details travel in trailers, of which gRPC clients take 8 KiB by
 * default: one byte more, and the caller sees a broken stream in place of its mistakes. The message travels twice,
 * percent-encoded by itself and in base64 within the details.
 */
final class StatusSize {
    private static final int MESSAGE_BYTES = 1_000;
    private static final int FIELD_BYTES = 3_000;
    private static final int LAST_FIELD_BYTES = 40;

    private StatusSize() {}

    /** The text, cut where its percent-encoding becomes too long. */
    static String message(String text) {
        int bytes = 0;
        for (int index = 0; index < text.length(); index = text.offsetByCodePoints(index, 1)) {
            int character = text.codePointAt(index);
            boolean plain = character >= ' ' && character <= '~' && character != '%';
            bytes += plain ? 1 : 3 * Character.toString(character).getBytes(UTF_8).length;
            if (bytes > MESSAGE_BYTES) {
                return text.substring(0, index) + "...";
            }
        }
        return text;
    }

    /** As many of the wrong fields as fit, and how many more there are. */
    static BadRequest fields(List<io.modelmill.servicekit.error.FieldViolation> violations) {
        BadRequest.Builder badRequest = BadRequest.newBuilder();
        int bytes = 0;
        for (io.modelmill.servicekit.error.FieldViolation violation : violations) {
            FieldViolation field = FieldViolation.newBuilder()
                    .setField(violation.field())
                    .setDescription(message(violation.description()))
                    .build();
            bytes += field.getSerializedSize();
            if (bytes > FIELD_BYTES - LAST_FIELD_BYTES) {
                int more = violations.size() - badRequest.getFieldViolationsCount();
                badRequest.addFieldViolationsBuilder().setDescription("and " + more + " more");
                break;
            }
            badRequest.addFieldViolations(field);
        }
        return badRequest.build();
    }
}
