package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Layers one after another, each told how many steps of its input are real. */
record LayerChain(List<Layer> layers) {
    LayerChain {
        layers = List.copyOf(layers);
    }

    Layer first() {
        return layers.getFirst();
    }

    Tensor forward(Tensor input, Pass pass) {
        Tensor value = input;
        Pass here = pass;
        for (Layer layer : layers) {
            value = layer.forward(value, here);
            here = here.behind(layer);
        }
        return value;
    }

    String export(OnnxGraph graph, String input, ExportPass pass) {
        String value = input;
        ExportPass here = pass;
        for (Layer layer : layers) {
            value = layer.export(graph, value, here);
            here = here.behind(layer);
        }
        return value;
    }

    List<Tensor> parameters() {
        return layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    List<Tensor> buffers() {
        return layers.stream().flatMap(layer -> layer.buffers().stream()).toList();
    }
}
