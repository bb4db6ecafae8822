package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.worker.onnx.OnnxGraph;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Sets a random fraction of the values to zero while training, and scales up the others; nothing at inference. */
record DropoutLayer(double rate) implements Layer {
    DropoutLayer(PlannedLayer planned) {
        this(planned.settings().get(DenseTypes.RATE));
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return pass.training() && rate > 0 ? torch.dropout(input, rate, true) : input;
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        return input;
    }
}
