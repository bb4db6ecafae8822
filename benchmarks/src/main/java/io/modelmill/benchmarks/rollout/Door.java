package io.modelmill.benchmarks.rollout;

import io.grpc.StatusException;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.fleet.client.PredictionClient;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Where a model is called, with one row of its one input. */
final class Door {
    private final PredictionClient client;
    private final String model;
    private final float[] row;

    Door(PredictionClient client, BenchModel model) {
        this.client = client;
        this.model = model.name();
        byte[] raw = model.inputs().getFirst().raw();
        this.row = new float[raw.length / Float.BYTES];
        ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(row);
    }

    /** Calls the model through `production`; answers the version that spoke. */
    long call() throws StatusException {
        return Long.parseLong(client.predict(model, "", List.of(row)).version());
    }

    /** Whether that version speaks; false where the call fails, for the model is not known everywhere yet. */
    boolean isAnswering(long version) {
        try {
            return call() == version;
        } catch (StatusException e) {
            return false;
        }
    }
}
