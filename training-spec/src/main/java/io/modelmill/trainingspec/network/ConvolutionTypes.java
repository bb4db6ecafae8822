package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.setting.Setting;
import io.modelmill.trainingspec.setting.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Layers that slide a window over the steps of a sequence or over an image. */
public final class ConvolutionTypes {
    /** Outputs for each place of the window. */
    public static final Setting<Long> FILTERS = Setting.whole("filters", null, 1, 65_536);

    /** Lengths of the window. */
    public static final Setting<List<Long>> KERNEL = Setting.lengths("kernel_size", null, 1_024);

    /** Steps of the window. */
    public static final Setting<List<Long>> STRIDE = Setting.lengths("stride", List.of(1L), 1_024);

    /** {@code same}: zeros around, so that a stride of 1 leaves the lengths; {@code valid}: none. */
    public static final Setting<String> PADDING = Setting.choice("padding", "valid", "valid", "same");

    /** Lengths of the window that is pooled. */
    public static final Setting<List<Long>> POOL = Setting.lengths("pool_size", List.of(2L), 1_024);

    private static final int SEQUENCE = 1;
    private static final int IMAGE = 2;

    public static final LayerType CONV_1D = new Convolution("conv1d", SEQUENCE);
    public static final LayerType CONV_2D = new Convolution("conv2d", IMAGE);
    public static final LayerType MAX_POOL = new Pool("max_pool");
    public static final LayerType AVERAGE_POOL = new Pool("average_pool");
    public static final LayerType GLOBAL_MAX_POOL = new GlobalPool("global_max_pool");
    public static final LayerType GLOBAL_AVERAGE_POOL = new GlobalPool("global_average_pool");

    private ConvolutionTypes() {}

    private static boolean hasAxes(Settings settings, Setting<List<Long>> setting, int rank, Faults faults) {
        int given = settings.get(setting).size();
        return faults.check(
                given == 1 || given == rank, setting.name(), settings.get(setting), "1 or " + rank + " lengths");
    }

    /** Lengths after a window has slid over those before; empty if it does not fit, which is noted. */
    private static Optional<List<Long>> slid(
            List<Long> lengths, long[] kernel, long[] stride, boolean same, String field, Faults faults) {
        List<Long> slid = new ArrayList<>();
        for (int axis = 0; axis < kernel.length; axis++) {
            long length = lengths.get(axis);
            if (length == Shape.ANY) {
                slid.add(Shape.ANY);
            } else if (same) {
                slid.add((length + stride[axis] - 1) / stride[axis]);
            } else if (faults.check(
                    kernel[axis] <= length, field, kernel[axis], "at most " + length + ", the input's")) {
                slid.add((length - kernel[axis]) / stride[axis] + 1);
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(slid);
    }

    private record Convolution(String name, int rank) implements LayerType {
        @Override
        public List<Setting<?>> settings() {
            return List.of(FILTERS, KERNEL, STRIDE, PADDING, DenseTypes.ACTIVATION, DenseTypes.INITIALIZER);
        }

        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            boolean takes = rank == IMAGE ? Rule.image(input, faults) : Rule.sequence(input, faults);
            if (!takes || !hasAxes(settings, KERNEL, rank, faults) || !hasAxes(settings, STRIDE, rank, faults)) {
                return Optional.empty();
            }
            boolean same = settings.get(PADDING).equals("same");
            long[] stride = settings.axes(STRIDE, rank);
            for (long step : stride) {
                if (!faults.check(!same || step == 1, STRIDE.name(), step, "1, where padding is same")) {
                    return Optional.empty();
                }
            }
            List<Long> places = rank == IMAGE
                    ? input.axes().subList(1, 1 + IMAGE)
                    : input.axes().subList(0, SEQUENCE);
            return slid(places, settings.axes(KERNEL, rank), stride, same, KERNEL.name(), faults)
                    .map(slid -> {
                        List<Long> axes = new ArrayList<>(slid);
                        axes.add(rank == IMAGE ? 0 : axes.size(), settings.get(FILTERS));
                        return new Shape(Shape.Element.NUMBER, axes);
                    });
        }

        @Override
        public long parameters(Shape input, Settings settings) {
            long window = rank == IMAGE ? input.axis(0) : input.width();
            for (long length : settings.axes(KERNEL, rank)) {
                window = Math.multiplyExact(window, length);
            }
            return Math.multiplyExact(window + 1, settings.get(FILTERS));
        }
    }

    private record Pool(String name) implements LayerType {
        @Override
        public List<Setting<?>> settings() {
            return List.of(POOL);
        }

        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            if (!Rule.sequenceOrImage(input, faults)) {
                return Optional.empty();
            }
            int rank = input.isImage() ? IMAGE : SEQUENCE;
            if (!hasAxes(settings, POOL, rank, faults)) {
                return Optional.empty();
            }
            long[] pool = settings.axes(POOL, rank);
            List<Long> places = input.isImage()
                    ? input.axes().subList(1, 1 + IMAGE)
                    : input.axes().subList(0, SEQUENCE);
            return slid(places, pool, pool, false, POOL.name(), faults).map(slid -> {
                List<Long> axes = new ArrayList<>(slid);
                axes.add(input.isImage() ? 0 : axes.size(), input.isImage() ? input.axis(0) : input.width());
                return new Shape(Shape.Element.NUMBER, axes);
            });
        }

        @Override
        public long parameters(Shape input, Settings settings) {
            return 0;
        }
    }

    /** One value of each channel, or of each feature of all steps. */
    private record GlobalPool(String name) implements LayerType {
        @Override
        public List<Setting<?>> settings() {
            return List.of();
        }

        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            return Rule.sequenceOrImage(input, faults)
                    ? Optional.of(Shape.numbers(input.isImage() ? input.axis(0) : input.width()))
                    : Optional.empty();
        }

        @Override
        public long parameters(Shape input, Settings settings) {
            return 0;
        }
    }
}
