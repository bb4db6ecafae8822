package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import org.bytedeco.pytorch.Tensor;

/** The values of a row in other axes. */
record ReshapeLayer(Shape output) implements Layer {
    ReshapeLayer(PlannedLayer planned) {
        this(planned.output());
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return input.reshape(axes(input.size(0)));
    }

    @Override
    public StepChange steps() {
        return StepChange.GONE;
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        // ONNX takes 0 for the length that the input has there.
        return graph.reshape(input, axes(0));
    }

    private long[] axes(long batch) {
        long[] axes = new long[output.rank() + 1];
        axes[0] = batch;
        for (int axis = 0; axis < output.rank(); axis++) {
            axes[axis + 1] = output.axis(axis);
        }
        return axes;
    }
}
