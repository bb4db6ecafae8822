package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import org.bytedeco.pytorch.Tensor;

/** An activation as a layer of its own. */
record ActivationLayer(Activation activation, Shape shape) implements Layer {
    ActivationLayer(PlannedLayer planned) {
        this(Activation.require(planned.settings().get(DenseTypes.ACTIVATION)), planned.input());
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return activation.apply(input);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        return activation.export(graph, input, shape);
    }
}
