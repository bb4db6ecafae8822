package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.ConvolutionTypes;
import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.trainingspec.setting.Settings;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Weighted sums of windows that slide over an image {@code [channels, height, width]} or over the steps of a sequence
 * {@code [steps, features]}, then an activation. Torch and ONNX take the channels of both first.
 */
final class ConvolutionLayer implements Layer {
    private final long[] kernel;
    private final long[] stride;
    private final boolean same;
    private final Activation activation;
    private final WindowInput slid;
    private final Shape output;
    private final Tensor weight;
    private final Tensor bias;

    ConvolutionLayer(PlannedLayer planned) {
        Settings settings = planned.settings();
        boolean ofImage = planned.input().isImage();
        long channels = ofImage ? planned.input().axis(0) : planned.input().width();
        long filters = settings.get(ConvolutionTypes.FILTERS);
        this.kernel = settings.axes(ConvolutionTypes.KERNEL, ofImage ? 2 : 1);
        this.stride = settings.axes(ConvolutionTypes.STRIDE, kernel.length);
        this.same = settings.get(ConvolutionTypes.PADDING).equals("same");
        this.activation = Activation.require(settings.get(DenseTypes.ACTIVATION));
        this.slid = WindowInput.over(planned.input(), same ? 1 : kernel[0]);
        this.output = planned.output();
        long window = Arrays.stream(kernel).reduce(1, (a, b) -> a * b);
        this.weight = Weights.drawn(
                settings.get(DenseTypes.INITIALIZER), channels * window, filters * window, shape(filters, channels));
        this.bias = Weights.zeros(filters);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        String padding = same ? "same" : "valid";
        long[] dilation = new long[kernel.length];
        Arrays.fill(dilation, 1);
        Tensor value = output.isImage()
                ? torch.conv2d(input, weight, new TensorOptional(bias), stride, padding, dilation, 1)
                : torch.conv1d(
                                slid.prepare(input, pass).transpose(1, 2),
                                weight,
                                new TensorOptional(bias),
                                stride,
                                padding,
                                dilation,
                                1)
                        .transpose(1, 2);
        return activation.apply(value);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        String value = graph.node(
                "Conv",
                Map.of("kernel_shape", kernel, "strides", stride, "pads", pads()),
                output.isImage() ? input : graph.transpose(slid.prepare(graph, input, pass), 0, 2, 1),
                graph.constant("weight", TensorValues.floats(weight), shape(weight.size(0), weight.size(1))),
                graph.constant("bias", TensorValues.floats(bias), weight.size(0)));
        return activation.export(graph, output.isImage() ? value : graph.transpose(value, 0, 2, 1), output);
    }

    @Override
    public StepChange steps() {
        return same ? StepChange.KEPT : new StepChange.Windows(kernel[0], stride[0]);
    }

    @Override
    public List<Tensor> parameters() {
        return List.of(weight, bias);
    }

    private long[] shape(long filters, long channels) {
        long[] shape = new long[kernel.length + 2];
        shape[0] = filters;
        shape[1] = channels;
        System.arraycopy(kernel, 0, shape, 2, kernel.length);
        return shape;
    }

    /** Zeros before and behind each axis; of an even window torch puts the odd one behind. */
    private long[] pads() {
        long[] pads = new long[2 * kernel.length];
        for (int axis = 0; same && axis < kernel.length; axis++) {
            pads[axis] = (kernel[axis] - 1) / 2;
            pads[kernel.length + axis] = kernel[axis] / 2;
        }
        return pads;
    }
}
