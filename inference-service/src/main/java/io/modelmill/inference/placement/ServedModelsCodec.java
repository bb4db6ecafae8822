package io.modelmill.inference.placement;

import io.modelmill.inference.model.ServedModel;
import io.modelmill.proto.registry.v1.ServingState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Models as bytes: a SHA-256 of the rest, then length-delimited serving states. */
final class ServedModelsCodec {
    private static final int DIGEST_BYTES = 32;

    private ServedModelsCodec() {}

    static byte[] encode(Collection<ServedModel> models) throws IOException {
        ByteArrayOutputStream states = new ByteArrayOutputStream();
        for (ServedModel model : models) {
            ServedModelProtoMapper.state(model).writeDelimitedTo(states);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(digest(states.toByteArray()));
        states.writeTo(all);
        return all.toByteArray();
    }

    /** @throws IOException if the bytes are not as they were written */
    static List<ServedModel> decode(byte[] bytes) throws IOException {
        byte[] states = bytes.length < DIGEST_BYTES ? bytes : Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length);
        if (!MessageDigest.isEqual(digest(states), Arrays.copyOf(bytes, DIGEST_BYTES))) {
            throw new IOException("the bytes do not match their SHA-256");
        }
        List<ServedModel> models = new ArrayList<>();
        ByteArrayInputStream input = new ByteArrayInputStream(states);
        for (ServingState state = ServingState.parseDelimitedFrom(input);
                state != null;
                state = ServingState.parseDelimitedFrom(input)) {
            models.add(ServedModelProtoMapper.model(state));
        }
        return models;
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
