package io.modelmill.training.job;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.training.storage.EarlierSpec;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;

/**
 * Specs as text of a {@code jsonb} column: the JSON of the API's message, with defaults filled in, so that a later default
 * changes no job that there is.
 */
final class SpecCodec {
    private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();

    private SpecCodec() {}

    static String write(io.modelmill.trainingspec.job.TrainingSpec spec) {
        try {
            return PRINTER.print(TrainingSpecProtoMapper.message(spec));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("no JSON can be made of a spec", e);
        }
    }

    /** Reads what {@link #write} made, or an earlier build. */
    static io.modelmill.trainingspec.job.TrainingSpec read(String json) {
        return EarlierSpec.read(json).orElseGet(() -> {
            TrainingSpec.Builder message = TrainingSpec.newBuilder();
            try {
                PARSER.merge(json, message);
            } catch (InvalidProtocolBufferException e) {
                throw new IllegalStateException("the database holds no TrainingSpec", e);
            }
            return TrainingSpecProtoMapper.spec(message.build());
        });
    }
}
