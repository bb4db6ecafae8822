package io.modelmill.worker.input;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxInput;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.rows.InputStage;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What a stage computes in torch is what ONNX Runtime computes from raw values. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class StageTest {
    private static final float NAN = Float.NaN;
    private static final Scaling SCALING = new Scaling(new float[] {1, -2, 0}, new float[] {0.5f, 3, 1 / 255f});

    @Test
    void replacesCutsAndScalesNumbers() {
        var bounds = new Numbers.Bounds(new float[] {-10, -10, 0}, new float[] {10, 10, 100});
        var numbers = new Numbers(Optional.of(new float[] {4, 50, 7}), Optional.of(bounds), SCALING);
        float[] rows = {NAN, NAN, NAN, 1000, -1000, 99, -1000, 10, 101, 1, -2, 0};
        float[] expected = {1.5f, 36, 7 / 255f, 4.5f, -24, 99 / 255f, -5.5f, 36, 100 / 255f, 0, 0, 0};
        checkNumbers(numbers, rows, expected);
    }

    @Test
    void keepsMissingNumbersWhereNothingReplacesThem() {
        var bounds = new Numbers.Bounds(new float[] {-10, -10, 0}, new float[] {10, 10, 100});
        checkNumbers(
                new Numbers(Optional.empty(), Optional.of(bounds), SCALING),
                new float[] {NAN, 1000, 1},
                new float[] {NAN, 36, 1 / 255f});
    }

    @Test
    void leavesNumbersAsTheyStand() {
        checkNumbers(Numbers.asTheyStand(3), new float[] {1, 2, 3}, new float[] {1, 2, 3});
    }

    private static void checkNumbers(Numbers numbers, float[] rows, float[] expected) {
        try (PointerScope scope = new PointerScope()) {
            long batch = rows.length / 3;
            var stage = new TableStage(Optional.of(numbers), List.of());
            assertThat(stage.output().axes()).containsExactly(3L);
            check(
                    stage,
                    List.of(Tensor.create(rows, batch, 3)),
                    List.of(new OnnxInput("features", rows, new long[] {batch, 3})),
                    expected);
        }
    }

    @Test
    void putsCategoriesBesideNumbers() {
        try (PointerScope scope = new PointerScope()) {
            var colours = new Categories("colour", List.of("", "blue", "red"), true);
            var sizes = new Categories("size", List.of("l", "m"), false);
            var stage = new TableStage(Optional.of(Numbers.asTheyStand(1)), List.of(colours, sizes));
            assertThat(stage.output().axes()).containsExactly(5L);
            check(
                    stage,
                    List.of(
                            Tensor.create(new float[] {9, 8, 7}, 3, 1),
                            Tensor.create(new long[] {2, 3, 0}, 3, 1),
                            Tensor.create(new long[] {1, 0, 2}, 3, 1)),
                    List.of(
                            new OnnxInput("features", new float[] {9, 8, 7}, new long[] {3, 1}),
                            new OnnxInput("colour", new String[] {"red", "mauve", ""}, new long[] {3, 1}),
                            new OnnxInput("size", new String[] {"m", "l", "unheard of"}, new long[] {3, 1})),
                    9,
                    0,
                    0,
                    1,
                    1,
                    8,
                    0,
                    0,
                    0,
                    0,
                    7,
                    1,
                    0,
                    0,
                    2);
        }
    }

    @Test
    void takesTextsAlone() {
        try (PointerScope scope = new PointerScope()) {
            var stage = new TableStage(
                    Optional.empty(),
                    List.of(new Categories("gr\u00f6\u00dfe", List.of("gro\u00df", "\uD83D\uDE00"), true)));
            check(
                    stage,
                    List.of(Tensor.create(new long[] {0, 1}, 2, 1)),
                    List.of(new OnnxInput(
                            "gr\u00f6\u00dfe", new String[] {"gro\u00df", "\uD83D\uDE00"}, new long[] {2, 1})),
                    1,
                    0,
                    0,
                    1);
        }
    }

    @Test
    void scalesAnImageChannelByChannel() {
        try (PointerScope scope = new PointerScope()) {
            byte[] pixels = {0, 10, (byte) 200, (byte) 255};
            var scaling = new Scaling(new float[] {10, 100}, new float[] {0.1f, 0.01f});
            var stage = new TensorStage("image", true, List.of(2L, 1L, 2L), scaling);
            assertThat(stage.output().isImage()).isTrue();
            check(
                    stage,
                    List.of(Tensor.create(new float[] {0, 10, 200, 255}, 1, 2, 1, 2)
                            .to(torch.ScalarType.Byte)),
                    List.of(new OnnxInput("image", pixels, new long[] {1, 2, 1, 2})),
                    -1,
                    0,
                    1,
                    1.55f);
        }
    }

    @Test
    void scalesOtherTensorsAsAWhole() {
        try (PointerScope scope = new PointerScope()) {
            float[] values = {1, 2, 3, 4, 5, 6};
            var stage = new TensorStage("x", false, List.of(3L), new Scaling(new float[] {1}, new float[] {2}));
            check(
                    stage,
                    List.of(Tensor.create(values, 2, 3)),
                    List.of(new OnnxInput("x", values, new long[] {2, 3})),
                    0,
                    2,
                    4,
                    6,
                    8,
                    10);
        }
    }

    private static void check(InputStage stage, List<Tensor> inputs, List<OnnxInput> feeds, float... expected) {
        Tensor output = stage.forward(inputs).contiguous();
        float[] torch = new float[(int) output.numel()];
        output.data_ptr_float().get(torch);
        var graph = new OnnxGraph();
        byte[] model = graph.finish(stage.export(graph), "output", stage.output());
        try (OnnxModel session = OnnxModel.load(model)) {
            float[] served = session.predict(feeds);
            assertThat(torch).containsExactly(expected, Offset.offset(1e-5f));
            assertThat(served).containsExactly(expected, Offset.offset(1e-5f));
        }
    }
}
