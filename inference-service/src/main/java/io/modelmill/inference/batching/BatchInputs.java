package io.modelmill.inference.batching;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.TensorContent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The inputs of a run: those of its requests below each other, copied only when the run gathers them. */
final class BatchInputs {
    private BatchInputs() {}

    /** Bytes of values of fixed size, padded. */
    static long bytes(QueuedRequest request) {
        long bytes = 0;
        for (int index = 0; index < request.inputs.size(); index++) {
            bytes += bytes(request, index, request.paddedLength);
        }
        return bytes;
    }

    /** @param length to which it is padded if it may be; 0 for its own */
    private static long bytes(QueuedRequest request, int input, int length) {
        InputTensor tensor = request.inputs.get(input);
        Padder padder = request.batcher.padder();
        if (length > 0 && padder != null && padder.isPadded(tensor.name())) {
            return padder.bytes(tensor, length);
        }
        return tensor.content() instanceof TensorContent.Elements elements ? elements.byteCount() : 0;
    }

    /** A single request's, as they are. */
    static List<InputTensor> of(QueuedRequest request) {
        return request.inputs;
    }

    static List<InputTensor> of(Batch batch) {
        List<InputTensor> first = batch.requests[0].inputs;
        List<InputTensor> inputs = new ArrayList<>(first.size());
        for (int index = 0; index < first.size(); index++) {
            InputTensor like = first.get(index);
            List<Long> shape = new ArrayList<>(like.shape());
            shape.set(0, (long) batch.rows);
            int padded = batch.batcher.paddedAxis(like.name(), batch.length);
            if (padded > 0) {
                shape.set(padded, (long) batch.length);
            }
            TensorContent content = like.datatype() == Datatype.BYTES ? texts(batch, index) : elements(batch, index);
            inputs.add(new InputTensor(like.name(), like.datatype(), shape, content));
        }
        return inputs;
    }

    private static TensorContent texts(Batch batch, int input) {
        List<String> values = new ArrayList<>();
        for (QueuedRequest request : batch.requests) {
            values.addAll(((TensorContent.Texts) request.inputs.get(input).content()).values());
        }
        return new TensorContent.Texts(values);
    }

    private static TensorContent elements(Batch batch, int input) {
        long bytes = 0;
        for (QueuedRequest request : batch.requests) {
            bytes += bytes(request, input, batch.length);
        }
        return new TensorContent.Elements(Math.toIntExact(bytes), buffer -> write(batch, input, buffer));
    }

    private static void write(Batch batch, int input, ByteBuffer buffer) {
        int end = buffer.limit();
        int at = buffer.position();
        Padder padder = batch.batcher.padder();
        for (QueuedRequest request : batch.requests) {
            InputTensor tensor = request.inputs.get(input);
            int bytes = (int) bytes(request, input, batch.length);
            // A writer sees a buffer of its own size, and cannot shift its neighbours' rows.
            buffer.limit(at + bytes).position(at);
            if (batch.length > 0 && padder != null && padder.isPadded(tensor.name())) {
                padder.write(tensor, batch.length, buffer);
            } else {
                ((TensorContent.Elements) tensor.content()).writer().accept(buffer);
            }
            at += bytes;
        }
        buffer.limit(end).position(at);
    }
}
