package io.modelmill.inference.protocol;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.protocol.InferenceInput.WantedOutput;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OrtTexts;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferInputTensor;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads a request and checks it against a signature; one answer tells all that is wrong. Its words are only made where
 * something is, for most requests are right.
 */
final class InferRequestCodec {
    static final String CLASSIFICATION = "classification";

    /** Entries beyond those of the signature whose mistakes are told one by one. */
    private static final int FEW = 16;

    private final ModelInferRequest request;
    private final Signature signature;
    private final Violations violations = new Violations();
    private final boolean raw;

    private InferRequestCodec(ModelInferRequest request, Signature signature) {
        this.request = request;
        this.signature = signature;
        this.raw = request.getRawInputContentsCount() > 0;
    }

    /**
     * Reads the request. Values stay in it until the run copies them.
     *
     * @throws ServiceException INVALID_ARGUMENT with every wrong field, UNIMPLEMENTED for a datatype that ONNX Runtime's
     *     Java API cannot take
     */
    static InferenceInput read(ModelInferRequest request, Signature signature) {
        return new InferRequestCodec(request, signature).read();
    }

    /** As {@link #read}, for a pipeline, which takes any text. */
    static InferenceInput readText(ModelInferRequest request, Signature signature) {
        return new InferRequestCodec(request, signature).readChecked();
    }

    /** Heap that the texts among the request's raw tensors become when they are read, in bytes. */
    static long textHeap(ModelInferRequest request) {
        long heap = 0;
        for (int index = 0; index < Math.min(request.getInputsCount(), request.getRawInputContentsCount()); index++) {
            if (Datatype.BYTES.name().equals(request.getInputs(index).getDatatype())) {
                heap += RawContents.textHeap(
                        request.getRawInputContents(index).size(),
                        TensorElements.count(request.getInputs(index).getShapeList())
                                .orElse(0));
            }
        }
        return heap;
    }

    private InferenceInput read() {
        InferenceInput input = readChecked();
        input.inputs().forEach(InferRequestCodec::requireCarried);
        return input;
    }

    private InferenceInput readChecked() {
        // A few mistakes are told one by one, millions are not.
        checkCount("inputs", request.getInputsCount(), signature.inputs());
        checkCount("raw_input_contents", request.getRawInputContentsCount(), signature.inputs());
        checkCount("outputs", request.getOutputsCount(), signature.outputs());
        violations.throwIfAny();
        List<InputTensor> inputs = inputs();
        List<WantedOutput> outputs = outputs();
        RequestParameters parameters = RequestParametersCodec.read(request.getParametersMap(), violations);
        violations.throwIfAny();
        boolean typedAsked = !raw && request.getInputsList().stream().anyMatch(InferInputTensor::hasContents);
        return new InferenceInput(inputs, outputs, !typedAsked || !canAnswerTyped(outputs), parameters);
    }

    private void checkCount(String field, int count, List<TensorSpec> specs) {
        if (count > specs.size() + FEW) {
            violations.add(field, count + " entries", "at most " + specs.size());
        }
    }

    private static void requireCarried(InputTensor input) {
        if (!input.datatype().canBeFed()) {
            throw new ServiceException(
                    InferenceReason.DATATYPE_NOT_CARRIED,
                    "input \"" + input.name() + "\": datatype " + input.datatype()
                            + " cannot be fed to ONNX Runtime from Java");
        }
        if (input.content() instanceof TensorContent.Texts texts
                && !texts.values().stream().allMatch(OrtTexts::canBeFed)) {
            throw new ServiceException(
                    InferenceReason.DATATYPE_NOT_CARRIED,
                    "input \"" + input.name()
                            + "\": texts with U+0000 or characters beyond U+FFFF cannot be fed to ONNX"
                            + " Runtime from Java");
        }
    }

    /** The protocol has no typed form of some datatypes, and an answer is raw or typed as a whole. */
    private boolean canAnswerTyped(List<WantedOutput> outputs) {
        return outputs.stream()
                .allMatch(output -> output.classes().isPresent()
                        || signature
                                .output(output.name())
                                .filter(spec -> spec.datatype().hasTypedContents())
                                .isPresent());
    }

    private List<InputTensor> inputs() {
        if (raw && request.getRawInputContentsCount() != request.getInputsCount()) {
            violations.add(
                    "raw_input_contents",
                    request.getRawInputContentsCount() + " entries",
                    request.getInputsCount() + ", one for each input");
        }
        List<InputTensor> inputs = new ArrayList<>(request.getInputsCount());
        Set<String> seen = new HashSet<>();
        for (int index = 0; index < request.getInputsCount(); index++) {
            InferInputTensor input = request.getInputs(index);
            String path = "inputs[" + index + "]";
            TensorSpec spec = signature.input(input.getName()).orElse(null);
            if (spec == null) {
                violations.add(path + ".name", input.getName(), "one of " + names(signature.inputs()));
            } else if (!seen.add(input.getName())) {
                violations.add(path + ".name", input.getName(), "each input once");
            } else {
                inputs.add(input(input, index, path, spec));
            }
        }
        for (TensorSpec spec : signature.inputs()) {
            if (!seen.contains(spec.name())) {
                violations.add("inputs", names(request), "\"" + spec.name() + "\" among them");
            }
        }
        return inputs;
    }

    private InputTensor input(InferInputTensor input, int index, String path, TensorSpec spec) {
        boolean datatypeFits = spec.datatype().name().equals(input.getDatatype());
        if (!datatypeFits) {
            violations.add(
                    path + ".datatype", input.getDatatype(), spec.datatype().name());
        }
        OptionalLong elements = TensorElements.count(input.getShapeList());
        boolean shapeFits = elements.isPresent() && spec.accepts(input.getShapeList());
        if (!shapeFits) {
            violations.add(path + ".shape", input.getShapeList(), expectedShape(spec));
        }
        if (raw && input.hasContents()) {
            violations.add(
                    path + ".contents", "contents beside raw_input_contents", "one of them for the whole request");
        }
        // Values can only be judged by a datatype and a shape that are right themselves.
        TensorContent content = datatypeFits && shapeFits && spec.datatype() != Datatype.OTHER
                ? content(input, index, path, spec.datatype(), elements.orElseThrow())
                : new TensorContent.Elements(0, buffer -> {});
        return new InputTensor(spec.name(), spec.datatype(), input.getShapeList(), content);
    }

    private static String expectedShape(TensorSpec spec) {
        return spec.shape().isEmpty()
                ? "axes of 0 to " + TensorElements.LONGEST_AXIS
                : spec.shape() + (spec.shape().contains(-1L) ? ", -1 is any length" : "");
    }

    private TensorContent content(InferInputTensor input, int index, String path, Datatype datatype, long elements) {
        if (!raw) {
            return TypedContentsCodec.read(input.getContents(), datatype, elements, path + ".contents", violations);
        }
        return index < request.getRawInputContentsCount()
                ? RawContents.read(
                        request.getRawInputContents(index),
                        datatype,
                        elements,
                        "raw_input_contents[" + index + "]",
                        violations)
                : new TensorContent.Elements(0, buffer -> {});
    }

    private List<WantedOutput> outputs() {
        if (request.getOutputsCount() == 0) {
            List<WantedOutput> all = new ArrayList<>(signature.outputs().size());
            for (TensorSpec spec : signature.outputs()) {
                all.add(new WantedOutput(spec.name(), OptionalInt.empty()));
            }
            return all;
        }
        List<WantedOutput> outputs = new ArrayList<>(request.getOutputsCount());
        Set<String> seen = new HashSet<>();
        for (int index = 0; index < request.getOutputsCount(); index++) {
            InferRequestedOutputTensor output = request.getOutputs(index);
            String path = "outputs[" + index + "]";
            TensorSpec spec = signature.output(output.getName()).orElse(null);
            if (spec == null) {
                violations.add(path + ".name", output.getName(), "one of " + names(signature.outputs()));
            } else if (!seen.add(output.getName())) {
                violations.add(path + ".name", output.getName(), "each output once");
            } else {
                outputs.add(new WantedOutput(spec.name(), classes(output, path, spec)));
            }
        }
        return outputs;
    }

    private OptionalInt classes(InferRequestedOutputTensor output, String path, TensorSpec spec) {
        if (!output.containsParameters(CLASSIFICATION)) {
            return OptionalInt.empty();
        }
        String field = path + ".parameters." + CLASSIFICATION;
        if (!Classification.isPossible(spec.datatype())) {
            violations.add(field, spec.datatype() + " output", "an output of numbers");
            return OptionalInt.empty();
        }
        // -1 if the graph does not tell.
        long known = spec.shape().isEmpty() ? -1 : spec.shape().getLast();
        long most = known < 0 ? Integer.MAX_VALUE : known;
        InferParameter parameter = output.getParametersOrThrow(CLASSIFICATION);
        String expected = known < 0 ? "an int64_param of at least 1" : "an int64_param of 1 to " + known;
        if (!parameter.hasInt64Param()) {
            violations.add(field, parameter.getParameterChoiceCase(), expected);
            return OptionalInt.empty();
        }
        long wanted = parameter.getInt64Param();
        if (wanted < 1 || wanted > most) {
            violations.add(field, wanted, expected);
            return OptionalInt.empty();
        }
        return OptionalInt.of((int) wanted);
    }

    private static List<String> names(List<TensorSpec> specs) {
        return specs.stream().map(TensorSpec::name).toList();
    }

    private static List<String> names(ModelInferRequest request) {
        return request.getInputsList().stream().map(InferInputTensor::getName).toList();
    }
}
