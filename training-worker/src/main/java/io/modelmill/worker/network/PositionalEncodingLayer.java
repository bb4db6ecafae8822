package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Adds to each step what tells where it stands: waves of many lengths, or what is learned. */
final class PositionalEncodingLayer implements Layer {
    private static final double LEARNED_DEVIATION = 0.02;
    private static final double LONGEST_WAVE = 10_000;

    private final long most;
    private final long width;
    private final boolean learned;
    /** {@code [most, width]}. */
    private final Tensor table;

    PositionalEncodingLayer(PlannedLayer planned) {
        this.learned = planned.settings().get(SequenceTypes.ENCODING).equals("learned");
        this.most = planned.settings().get(SequenceTypes.MAX_LENGTH);
        this.width = planned.input().width();
        this.table = learned
                ? Weights.normal(LEARNED_DEVIATION, most, width)
                : TensorValues.of(waves(Math.toIntExact(most), Math.toIntExact(width)), most, width);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return input.add(table.narrow(0, 0, input.size(1)));
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        String rows = graph.constant("positions", TensorValues.floats(table), most, width);
        String first = graph.constant("first", new long[] {0}, 1);
        String places = graph.node("Slice", rows, first, graph.length(input, 1), first);
        // More steps than places do not fit the sum; but one place alone would be added to all, were one step not asked
        // for.
        return graph.node("Add", most == 1 ? graph.reshape(input, 0, 1, width) : input, places);
    }

    @Override
    public List<Tensor> parameters() {
        return learned ? List.of(table) : List.of();
    }

    /** Sine in the even columns and cosine in the odd ones, of wave lengths from 2π to 20,000π. */
    private static float[] waves(int most, int width) {
        float[] values = new float[Math.multiplyExact(most, width)];
        for (int step = 0; step < most; step++) {
            for (int column = 0; column < width; column++) {
                int pair = column - column % 2;
                double angle = step / Math.pow(LONGEST_WAVE, (double) pair / width);
                values[step * width + column] = (float) (column % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
            }
        }
        return values;
    }
}
