package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Each channel of an image, or each feature, less its mean, by its deviation, then scaled and shifted. While training, mean
 * and variance are the batch's; at inference they are the running ones.
 */
final class BatchNormLayer implements Layer {
    private final double epsilon;
    private final double momentum;
    private final boolean ofSequence;
    private final long channels;
    private final Tensor scale;
    private final Tensor shift;
    private final Tensor mean;
    private final Tensor variance;

    BatchNormLayer(PlannedLayer planned) {
        this.epsilon = planned.settings().get(DenseTypes.EPSILON);
        this.momentum = planned.settings().get(DenseTypes.MOMENTUM);
        this.ofSequence = planned.input().isSequence();
        this.channels = planned.input().isImage()
                ? planned.input().axis(0)
                : planned.input().width();
        this.scale = Weights.ones(channels);
        this.shift = Weights.zeros(channels);
        this.mean = torch.zeros(channels);
        this.variance = torch.ones(channels);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        if (ofSequence && pass.training() && pass.lengths().isPresent()) {
            return ofRealSteps(input, pass.lengths().get(), pass);
        }
        Tensor value = normalized(ofSequence ? input.transpose(1, 2) : input, pass);
        return ofSequence ? value.transpose(1, 2) : value;
    }

    /** Mean and variance are those of the steps that are real; padding becomes 0. */
    private Tensor ofRealSteps(Tensor input, Lengths lengths, Pass pass) {
        Tensor flat = input.reshape(-1, channels);
        Tensor real = lengths.real(input.size(1)).flatten().nonzero().squeeze(1);
        Tensor value = normalized(flat.index_select(0, real), pass);
        return torch.zeros_like(flat).index_copy(0, real, value).view_as(input);
    }

    /** @param input its channels are the second axis */
    private Tensor normalized(Tensor input, Pass pass) {
        // One value of each channel has no variance: the running variance would become no number.
        boolean ofBatch = pass.training() && input.numel() > channels;
        return torch.batch_norm(
                input,
                new TensorOptional(scale),
                new TensorOptional(shift),
                new TensorOptional(mean),
                new TensorOptional(variance),
                ofBatch,
                momentum,
                epsilon,
                false);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        String value = graph.node(
                "BatchNormalization",
                Map.of("epsilon", (float) epsilon),
                ofSequence ? graph.transpose(input, 0, 2, 1) : input,
                graph.constant("scale", TensorValues.floats(scale), channels),
                graph.constant("shift", TensorValues.floats(shift), channels),
                graph.constant("mean", TensorValues.floats(mean), channels),
                graph.constant("variance", TensorValues.floats(variance), channels));
        return ofSequence ? graph.transpose(value, 0, 2, 1) : value;
    }

    @Override
    public List<Tensor> parameters() {
        return List.of(scale, shift);
    }

    @Override
    public List<Tensor> buffers() {
        return List.of(mean, variance);
    }
}
