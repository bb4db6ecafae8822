package io.modelmill.inference.session;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One run: its tensors, and what becomes of its outputs. Closing it leaves the memory to the outputs. */
final class OrtRun implements OutputPlan.Inputs, AutoCloseable {
    /** Of ONNX Runtime's words on memory that does not fit an output. */
    private static final String UNFIT_MEMORY = "pre-allocated output";

    private final OrtEnvironment environment;
    private final List<InputTensor> inputs;
    private final OutputPlan.Place[] places;
    private final Map<String, OnnxTensor> fed;
    private final Map<String, OnnxTensor> pinned;
    private final Map<String, ByteBuffer> pieces;
    private final Set<String> copied;

    OrtRun(OrtEnvironment environment, List<InputTensor> inputs, OutputPlan[] plans) {
        this.environment = environment;
        this.inputs = inputs;
        this.places = new OutputPlan.Place[plans.length];
        this.fed = HashMap.newHashMap(inputs.size());
        this.pinned = HashMap.newHashMap(plans.length);
        this.pieces = HashMap.newHashMap(plans.length);
        this.copied = LinkedHashSet.newLinkedHashSet(plans.length);
        for (int index = 0; index < plans.length; index++) {
            places[index] = plans[index].place(this);
        }
    }

    /** What the run takes of its thread's memory, in bytes. */
    long footprint() {
        long bytes = 0;
        for (InputTensor input : inputs) {
            bytes += OrtTensors.footprint(input);
        }
        for (OutputPlan.Place place : places) {
            if (place.isPinned()) {
                bytes += RunMemory.Block.footprint(place.bytes());
            }
        }
        return bytes;
    }

    @Override
    public long length(String input, int axis) {
        for (InputTensor tensor : inputs) {
            if (tensor.name().equals(input)) {
                return axis < tensor.shape().size() ? tensor.shape().get(axis) : -1;
            }
        }
        return -1;
    }

    /** Brings the inputs into their place and sets memory aside for the outputs. */
    void gather(RunMemory.Block block) throws OrtException {
        for (InputTensor input : inputs) {
            fed.put(input.name(), OrtTensors.feed(environment, block, input));
        }
        for (OutputPlan.Place place : places) {
            OutputPlan plan = place.plan();
            if (place.isPinned()) {
                ByteBuffer piece = block.next(place.bytes());
                place.prepare(piece);
                pieces.put(plan.name(), piece);
                pinned.put(
                        plan.name(), OrtTensors.over(environment, plan.name(), plan.datatype(), place.shape(), piece));
            } else {
                copied.add(plan.name());
            }
        }
    }

    /**
     * Runs the graph, again if it has no use for the memory that was set aside.
     *
     * @return outputs in the order of the plans
     */
    List<OutputTensor> compute(OrtSession session, OrtSession.RunOptions options) throws OrtException {
        while (true) {
            try (OrtSession.Result result = session.run(fed, copied, pinned, options)) {
                if (areWritten()) {
                    return answer(result);
                }
            } catch (OrtException e) {
                if (pinned.isEmpty() || !String.valueOf(e.getMessage()).contains(UNFIT_MEMORY)) {
                    throw e;
                }
                for (OutputPlan.Place place : places) {
                    if (place.isPinned() && isMeant(place, e)) {
                        withdraw(place, "its shape is not the one that the names of the axes say");
                    }
                }
            }
        }
    }

    /** Takes every output for meant where the message names none, so that a run is never repeated without end. */
    private boolean isMeant(OutputPlan.Place place, OrtException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return message.contains("'" + place.plan().name() + "'")
                || pinned.keySet().stream().noneMatch(name -> message.contains("'" + name + "'"));
    }

    private boolean areWritten() {
        boolean written = true;
        for (OutputPlan.Place place : places) {
            ByteBuffer piece = place.isPinned() ? pieces.get(place.plan().name()) : null;
            if (piece != null && !place.isWritten(piece)) {
                withdraw(place, "no node writes it");
                written = false;
            }
        }
        return written;
    }

    private void withdraw(OutputPlan.Place place, String why) {
        String name = place.plan().name();
        place.withdraw(why);
        copied.add(name);
        pieces.remove(name);
        OnnxTensor tensor = pinned.remove(name);
        if (tensor != null) {
            tensor.close();
        }
    }

    private List<OutputTensor> answer(OrtSession.Result result) throws OrtException {
        List<OutputTensor> answer = new ArrayList<>(places.length);
        for (OutputPlan.Place place : places) {
            OutputPlan plan = place.plan();
            ByteBuffer piece = pieces.get(plan.name());
            if (piece != null) {
                answer.add(new OutputTensor.Elements(plan.name(), plan.datatype(), listed(place.shape()), piece));
            } else {
                OutputTensor output =
                        OrtTensors.read(plan.name(), result.get(plan.name()).orElseThrow());
                place.answered(output.shape());
                answer.add(output);
            }
        }
        return answer;
    }

    private static List<Long> listed(long[] shape) {
        Long[] axes = new Long[shape.length];
        for (int axis = 0; axis < shape.length; axis++) {
            axes[axis] = shape[axis];
        }
        return List.of(axes);
    }

    @Override
    public void close() {
        fed.values().forEach(OnnxTensor::close);
        pinned.values().forEach(OnnxTensor::close);
    }
}
