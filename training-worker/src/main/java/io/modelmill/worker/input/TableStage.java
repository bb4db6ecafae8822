package io.modelmill.worker.input;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.ElementType;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.rows.InputStage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Columns of a table side by side: the numbers first, then the texts. Inputs in torch are {@code float32 [batch, numbers]},
 * left out where there are none, then {@code int64 [batch, 1]} of each column of texts.
 */
public final class TableStage implements InputStage {
    /** The graph's input of all numbers. */
    public static final String FEATURES = "features";

    private final Optional<Numbers> numbers;
    private final Optional<Numbers.Part> part;
    private final List<Categories> categories;

    /** Its constants belong to the caller's {@code PointerScope}. */
    public TableStage(Optional<Numbers> numbers, List<Categories> categories) {
        this.numbers = numbers;
        this.part = numbers.map(Numbers::part);
        this.categories = List.copyOf(categories);
    }

    @Override
    public Shape output() {
        return Shape.numbers(numbers.map(Numbers::width).orElse(0)
                + categories.stream().mapToLong(Categories::width).sum());
    }

    @Override
    public long vocabularySize() {
        return 0;
    }

    @Override
    public Tensor forward(List<Tensor> inputs) {
        List<Tensor> columns = new ArrayList<>();
        int input = 0;
        if (part.isPresent()) {
            columns.add(part.get().forward(inputs.get(input++)));
        }
        for (Categories column : categories) {
            columns.add(column.forward(inputs.get(input++)));
        }
        return columns.size() == 1
                ? columns.getFirst()
                : torch.cat(new TensorVector(columns.toArray(Tensor[]::new)), 1);
    }

    @Override
    public String export(OnnxGraph graph) {
        List<String> columns = new ArrayList<>();
        if (numbers.isPresent()) {
            String features = graph.input(
                    FEATURES, ElementType.FLOAT, List.of((long) numbers.get().width()));
            columns.add(part.orElseThrow().export(graph, features));
        }
        for (Categories column : categories) {
            columns.add(column.export(graph));
        }
        return columns.size() == 1
                ? columns.getFirst()
                : graph.node("Concat", Map.of("axis", 1L), columns.toArray(String[]::new));
    }
}
