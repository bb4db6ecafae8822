package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Every output is a weighted sum of all inputs and a bias, then an activation; for each step of a sequence alike. */
final class DenseLayer implements Layer {
    private final Linear linear;
    private final Activation activation;
    private final Shape output;

    DenseLayer(PlannedLayer planned) {
        this.linear = new Linear(
                planned.settings().get(DenseTypes.INITIALIZER),
                planned.input().width(),
                planned.output().width(),
                planned.input().rank() == 1);
        this.activation = Activation.require(planned.settings().get(DenseTypes.ACTIVATION));
        this.output = planned.output();
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return activation.apply(linear.forward(input, pass));
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        return activation.export(graph, linear.export(graph, input, pass), output);
    }

    @Override
    public List<Tensor> parameters() {
        return linear.parameters();
    }
}
