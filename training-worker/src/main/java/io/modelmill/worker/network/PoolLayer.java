package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.ConvolutionTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The largest value or the mean of windows that lie side by side; what fills no window at the end is left out. */
final class PoolLayer implements Layer {
    private final boolean max;
    private final boolean ofImage;
    private final long[] window;
    private final WindowInput slid;

    private PoolLayer(PlannedLayer planned, boolean max) {
        this.max = max;
        this.ofImage = planned.input().isImage();
        this.window = planned.settings().axes(ConvolutionTypes.POOL, ofImage ? 2 : 1);
        this.slid = WindowInput.over(planned.input(), window[0]);
    }

    static PoolLayer max(PlannedLayer planned) {
        return new PoolLayer(planned, true);
    }

    static PoolLayer average(PlannedLayer planned) {
        return new PoolLayer(planned, false);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        if (ofImage) {
            return max ? torch.max_pool2d(input, window) : torch.avg_pool2d(input, window);
        }
        Tensor channelsFirst = slid.prepare(input, pass).transpose(1, 2);
        return (max ? torch.max_pool1d(channelsFirst, window) : torch.avg_pool1d(channelsFirst, window))
                .transpose(1, 2);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        String value = graph.node(
                max ? "MaxPool" : "AveragePool",
                Map.of("kernel_shape", window, "strides", window),
                ofImage ? input : graph.transpose(slid.prepare(graph, input, pass), 0, 2, 1));
        return ofImage ? value : graph.transpose(value, 0, 2, 1);
    }

    @Override
    public StepChange steps() {
        return new StepChange.Windows(window[0], window[0]);
    }
}
