package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A vector for each token {@code int64 [batch, steps]}. */
final class EmbeddingLayer implements Layer {
    private final Tensor vectors;

    EmbeddingLayer(PlannedLayer planned) {
        long entries = planned.settings().get(SequenceTypes.VOCABULARY);
        if (entries == 0) {
            throw new IllegalArgumentException("vocabulary_size: 0 (expected: the data's, filled in before planning)");
        }
        this.vectors = Weights.normal(1, entries, planned.settings().get(DenseTypes.UNITS));
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return torch.embedding(vectors, input);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        String table = graph.constant("vectors", TensorValues.floats(vectors), vectors.size(0), vectors.size(1));
        return graph.node("Gather", table, input);
    }

    @Override
    public List<Tensor> parameters() {
        return List.of(vectors);
    }
}
