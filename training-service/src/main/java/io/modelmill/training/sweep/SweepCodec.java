package io.modelmill.training.sweep;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;

/** Definitions as text of a {@code jsonb} column: the JSON of the API's message, with defaults filled in. */
final class SweepCodec {
    private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();

    private SweepCodec() {}

    static String write(SweepDefinition definition) {
        try {
            return PRINTER.print(SweepProtoMapper.message(definition));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("no JSON can be made of a sweep", e);
        }
    }

    /** Reads what {@link #write} made. */
    static SweepDefinition read(String json) {
        var message = io.modelmill.proto.training.v1.Sweep.newBuilder();
        try {
            PARSER.merge(json, message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the database holds no Sweep", e);
        }
        return SweepProtoMapper.definition(message.build());
    }
}
