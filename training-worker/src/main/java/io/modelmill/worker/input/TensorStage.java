package io.modelmill.worker.input;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.ElementType;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.rows.InputStage;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One tensor of each row, of bytes or 32-bit floats, scaled: an image channel by channel, any other as a whole. Its input in
 * torch is what the graph takes.
 */
public final class TensorStage implements InputStage {
    private final String input;
    private final boolean bytes;
    private final List<Long> axes;
    private final Scaling scaling;
    private final long[] groups;
    private final List<Tensor> constants;

    /**
     * Its constants belong to the caller's {@code PointerScope}.
     *
     * @param input of the graph
     * @param bytes whether it takes UINT8 and not FP32
     * @param axes of a row
     * @param scaling of each channel of {@code [channels, height, width]}; of all values for other axes
     */
    public TensorStage(String input, boolean bytes, List<Long> axes, Scaling scaling) {
        this.input = input;
        this.bytes = bytes;
        this.axes = List.copyOf(axes);
        this.scaling = scaling;
        this.groups = new long[axes.size()];
        Arrays.fill(groups, 1);
        if (scaling.shift().length > 1) {
            groups[0] = scaling.shift().length;
        }
        this.constants = scaling.isIdentity()
                ? List.of()
                : List.of(Tensor.create(scaling.shift(), groups), Tensor.create(scaling.scale(), groups));
    }

    /** Groups of values that are scaled as one. */
    public static int groups(List<Long> axes) {
        return axes.size() == 3 ? Math.toIntExact(axes.getFirst()) : 1;
    }

    @Override
    public Shape output() {
        return new Shape(Shape.Element.NUMBER, axes);
    }

    @Override
    public long vocabularySize() {
        return 0;
    }

    @Override
    public Tensor forward(List<Tensor> inputs) {
        Tensor value = inputs.getFirst();
        if (bytes) {
            value = value.to(torch.ScalarType.Float);
        }
        return constants.isEmpty() ? value : value.sub(constants.getFirst()).mul(constants.getLast());
    }

    @Override
    public String export(OnnxGraph graph) {
        String value = graph.input(input, bytes ? ElementType.BYTE : ElementType.FLOAT, axes);
        return Numbers.scaled(graph, bytes ? graph.cast(value, ElementType.FLOAT) : value, scaling, groups);
    }
}
