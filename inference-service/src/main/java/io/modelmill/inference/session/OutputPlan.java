package io.modelmill.inference.session;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.TensorInfo;
import io.modelmill.inference.model.Datatype;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Whether an output can be written by the graph straight into memory that was set aside before the run. That needs its
 * shape: fixed axes, axes that bear the name of an input's axis and are as long as it, and a first axis without such a name
 * that is taken for the rows.
 *
 * <p>Names may be wrong, and ONNX Runtime says nothing of memory that no node writes, such as that for an output
 * which is an input handed back. So each output proves itself once: a run that ends as foretold, then a trial with memory whose change can be seen. After that ONNX Runtime compares
 * the shapes in each run; one that it refuses ends the matter for good. Outputs that fail, those whose shape depends on
 * values, and datatypes that its Java API cannot set memory aside for cost one copy more in each run.
 */
final class OutputPlan {
    private static final Logger LOG = Logger.getLogger(OutputPlan.class);
    /** Fills the memory of a trial. An output of nothing else would look unwritten, and only cost a copy more. */
    private static final byte UNTOUCHED = (byte) 0xA5;

    private enum State {
        UNPROVEN,
        ON_TRIAL,
        PINNED,
        COPIED
    }

    private final String name;
    private final Datatype datatype;
    private final Axis[] axes;
    private volatile State state;

    private OutputPlan(String name, Datatype datatype, Axis[] axes, State state) {
        this.name = name;
        this.datatype = datatype;
        this.axes = axes;
        this.state = state;
    }

    /**
     * Length of an axis.
     *
     * @param input whose axis is as long; null if the length is fixed
     */
    private record Axis(@Nullable String input, int inputAxis, long length) {}

    /** @param inputs of the same graph */
    static OutputPlan of(NodeInfo output, Collection<NodeInfo> inputs) {
        if (!(output.getInfo() instanceof TensorInfo tensor)) {
            return new OutputPlan(output.getName(), Datatype.OTHER, new Axis[0], State.COPIED);
        }
        Datatype datatype = OrtTensors.datatype(tensor);
        long[] shape = tensor.getShape();
        Axis[] axes = new Axis[shape.length];
        boolean known = datatype.elementBytes() > 0 && datatype.canBeFed();
        for (int index = 0; known && index < shape.length; index++) {
            Axis axis = shape[index] >= 0
                    ? new Axis(null, 0, shape[index])
                    : boundTo(tensor.getDimensionNames()[index], index == 0, inputs);
            known = axis != null;
            if (axis != null) {
                axes[index] = axis;
            }
        }
        return new OutputPlan(output.getName(), datatype, axes, known ? State.UNPROVEN : State.COPIED);
    }

    private static @Nullable Axis boundTo(String axisName, boolean first, Collection<NodeInfo> inputs) {
        for (NodeInfo input : inputs) {
            if (!axisName.isEmpty() && input.getInfo() instanceof TensorInfo tensor) {
                int axis = Arrays.asList(tensor.getDimensionNames()).indexOf(axisName);
                if (axis >= 0) {
                    return new Axis(input.getName(), axis, -1);
                }
            }
        }
        for (NodeInfo input : inputs) {
            if (first
                    && input.getInfo() instanceof TensorInfo tensor
                    && tensor.getShape().length > 0
                    && tensor.getShape()[0] < 0) {
                return new Axis(input.getName(), 0, -1);
            }
        }
        return null;
    }

    String name() {
        return name;
    }

    Datatype datatype() {
        return datatype;
    }

    /** Whether memory set aside was seen to be written. */
    boolean isProven() {
        return state == State.PINNED;
    }

    /** Plans one run. */
    Place place(Inputs inputs) {
        State now = state;
        long[] shape = now == State.COPIED ? null : shape(inputs);
        return new Place(shape, shape != null && now != State.UNPROVEN, now == State.ON_TRIAL);
    }

    /** The shape that the inputs tell; null if they do not, or if it is more than a buffer holds. */
    private long @Nullable [] shape(Inputs inputs) {
        long[] shape = new long[axes.length];
        long bytes = datatype.elementBytes();
        for (int index = 0; index < axes.length; index++) {
            Axis axis = axes[index];
            long length = axis.input() == null ? axis.length() : inputs.length(axis.input(), axis.inputAxis());
            if (length < 0 || Math.multiplyHigh(bytes, length) != 0) {
                return null;
            }
            shape[index] = length;
            bytes *= length;
        }
        return bytes < 0 || bytes > Integer.MAX_VALUE ? null : shape;
    }

    private void copyFromNowOn(String why) {
        if (state != State.COPIED) {
            state = State.COPIED;
            LOG.infof("output \"%s\" is copied out of ONNX Runtime from now on: %s", name, why);
        }
    }

    /** The output in one run. */
    final class Place {
        private final long @Nullable [] foretold;
        private final boolean trial;
        private boolean pinned;

        private Place(long @Nullable [] foretold, boolean pinned, boolean trial) {
            this.foretold = foretold;
            this.pinned = pinned;
            this.trial = trial;
        }

        OutputPlan plan() {
            return OutputPlan.this;
        }

        /** Whether memory is set aside for it. */
        boolean isPinned() {
            return pinned;
        }

        /** Of the memory that is set aside. */
        long[] shape() {
            return Objects.requireNonNull(foretold);
        }

        /** Size of that memory in bytes. */
        int bytes() {
            int bytes = datatype.elementBytes();
            for (long axis : shape()) {
                bytes *= (int) axis;
            }
            return bytes;
        }

        /** Makes the memory of a trial recognisable. */
        void prepare(ByteBuffer memory) {
            for (int index = 0; trial && index < memory.limit(); index++) {
                memory.put(index, UNTOUCHED);
            }
        }

        /** Whether the graph wrote the memory in the run that has ended; if not, it must run again without. */
        boolean isWritten(ByteBuffer memory) {
            if (!trial || memory.limit() == 0) {
                return true;
            }
            for (int index = 0; index < memory.limit(); index++) {
                if (memory.get(index) != UNTOUCHED) {
                    state = State.PINNED;
                    return true;
                }
            }
            return false;
        }

        /** The output is copied, in this run and all that follow. */
        void withdraw(String why) {
            pinned = false;
            copyFromNowOn(why);
        }

        /** The run has ended, without memory set aside. */
        void answered(List<Long> shape) {
            if (foretold == null || state != State.UNPROVEN) {
                return;
            }
            if (Arrays.stream(foretold).boxed().toList().equals(shape)) {
                state = State.ON_TRIAL;
            } else {
                copyFromNowOn(
                        "its shape is " + shape + " where the names of the axes say " + Arrays.toString(foretold));
            }
        }
    }

    /** Lengths of the inputs' axes. */
    interface Inputs {
        /** -1 if there is no such input or axis. */
        long length(String input, int axis);
    }
}
