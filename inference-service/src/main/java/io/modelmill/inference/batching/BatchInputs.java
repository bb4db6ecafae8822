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

    /** Bytes of values of fixed size. */
    static long bytes(List<InputTensor> inputs) {
        long bytes = 0;
        for (int index = 0; index < inputs.size(); index++) {
            if (inputs.get(index).content() instanceof TensorContent.Elements elements) {
                bytes += elements.byteCount();
            }
        }
        return bytes;
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
        int bytes = 0;
        for (QueuedRequest request : batch.requests) {
            bytes += elements(request, input).byteCount();
        }
        return new TensorContent.Elements(bytes, buffer -> write(batch, input, buffer));
    }

    private static void write(Batch batch, int input, ByteBuffer buffer) {
        int end = buffer.limit();
        int at = buffer.position();
        for (QueuedRequest request : batch.requests) {
            TensorContent.Elements elements = elements(request, input);
            // A writer sees a buffer of its own size, and cannot shift its neighbours' rows.
            buffer.limit(at + elements.byteCount()).position(at);
            elements.writer().accept(buffer);
            at += elements.byteCount();
        }
        buffer.limit(end).position(at);
    }

    private static TensorContent.Elements elements(QueuedRequest request, int input) {
        return (TensorContent.Elements) request.inputs.get(input).content();
    }
}
