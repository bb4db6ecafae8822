package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** What layers inside make of the input, added to the input. */
record ResidualLayer(LayerChain inside) implements Layer {
    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return input.add(inside.forward(input, pass));
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        return graph.node("Add", input, inside.export(graph, input, pass));
    }

    @Override
    public List<Tensor> parameters() {
        return inside.parameters();
    }

    @Override
    public List<Tensor> buffers() {
        return inside.buffers();
    }
}
