package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** What layers inside make of the input, added to the input. */
record ResidualLayer(List<Layer> inside) implements Layer {
    @Override
    public Tensor forward(Tensor input, boolean training) {
        Tensor value = input;
        for (Layer layer : inside) {
            value = layer.forward(value, training);
        }
        return input.add(value);
    }

    @Override
    public String export(OnnxGraph graph, String input) {
        String value = input;
        for (Layer layer : inside) {
            value = layer.export(graph, value);
        }
        return graph.node("Add", input, value);
    }

    @Override
    public List<Tensor> parameters() {
        return inside.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    @Override
    public List<Tensor> buffers() {
        return inside.stream().flatMap(layer -> layer.buffers().stream()).toList();
    }
}
