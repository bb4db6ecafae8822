package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Reads the steps one after another, or from both ends, and keeps a state that begins with zeros and ends at the
 * last real step. */
final class RecurrentLayer implements Layer {
    /** Weights of input and state, bias of input and state. */
    private static final int TENSORS = 4;

    private final Cell cell;
    private final long features;
    private final long units;
    private final boolean bidirectional;
    private final boolean everyStep;
    private final List<Tensor> weights = new ArrayList<>();

    RecurrentLayer(PlannedLayer planned, Cell cell) {
        this.cell = cell;
        this.features = planned.input().width();
        this.units = planned.settings().get(DenseTypes.UNITS);
        this.bidirectional = planned.settings().get(SequenceTypes.BIDIRECTIONAL);
        this.everyStep = planned.settings().get(SequenceTypes.RETURN_SEQUENCES);
        long rows = cell.gates() * units;
        double bound = 1 / Math.sqrt(units);
        for (int direction = 0; direction < directions(); direction++) {
            weights.add(Weights.uniform(bound, rows, features));
            weights.add(Weights.uniform(bound, rows, units));
            weights.add(Weights.uniform(bound, rows));
            weights.add(Weights.uniform(bound, rows));
        }
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        long batch = input.size(0);
        Tensor state = torch.zeros(directions(), batch, units);
        var vector = new TensorVector(weights.toArray(Tensor[]::new));
        Cell.Answer answer;
        if (pass.lengths().isPresent()) {
            PackedSteps packed = PackedSteps.of(input, pass.lengths().get());
            Cell.Answer sorted = cell.run(packed, state, vector, pass.training(), bidirectional);
            answer = new Cell.Answer(packed.unpack(sorted.steps()), packed.unsort(sorted.last()));
        } else {
            answer = cell.run(input, state, vector, pass.training(), bidirectional);
        }
        return everyStep ? answer.steps() : answer.last().transpose(0, 1).reshape(batch, directions() * units);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("hidden_size", units);
        attributes.put("direction", bidirectional ? "bidirectional" : "forward");
        if (cell == Cell.GRU) {
            // Torch resets what the state's weights made of the state, not the state before them.
            attributes.put("linear_before_reset", 1L);
        }
        long rows = cell.gates() * units;
        List<String> outputs = graph.nodes(
                cell.operator(),
                2,
                attributes,
                graph.transpose(input, 1, 0, 2),
                graph.constant("input_weight", ordered(0, features), directions(), rows, features),
                graph.constant("state_weight", ordered(1, units), directions(), rows, units),
                graph.constant("bias", ordered(2, 1, 3), directions(), 2 * rows),
                pass.lengths().map(ExportedLengths::shortCounts).orElse(""));
        // [steps, directions, batch, units], 0 in padding, and [directions, batch, units] of the last real step.
        return everyStep
                ? graph.reshape(graph.transpose(outputs.get(0), 2, 0, 1, 3), 0, 0, directions() * units)
                : graph.reshape(graph.transpose(outputs.get(1), 1, 0, 2), 0, directions() * units);
    }

    @Override
    public StepChange steps() {
        return everyStep ? StepChange.KEPT : StepChange.GONE;
    }

    @Override
    public List<Tensor> parameters() {
        return List.copyOf(weights);
    }

    private int directions() {
        return bidirectional ? 2 : 1;
    }

    /** Weights of all directions one after another, their gates in ONNX's order. */
    private float[] ordered(int first, long width, int... more) {
        int block = Math.toIntExact(units * width);
        int tensors = 1 + more.length;
        float[] values = new float[Math.toIntExact((long) directions() * tensors * cell.gates() * block)];
        int end = 0;
        for (int direction = 0; direction < directions(); direction++) {
            for (int tensor = 0; tensor < tensors; tensor++) {
                int index = direction * TENSORS + (tensor == 0 ? first : more[tensor - 1]);
                float[] source = TensorValues.floats(weights.get(index));
                for (int gate = 0; gate < cell.gates(); gate++) {
                    System.arraycopy(source, cell.gate(gate) * block, values, end, block);
                    end += block;
                }
            }
        }
        return values;
    }
}
