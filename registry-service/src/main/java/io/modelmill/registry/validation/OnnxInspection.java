package io.modelmill.registry.validation;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.modelmill.registry.validation.graph.ModelFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Opens a graph with ONNX Runtime, reads its signature and runs it once. */
final class OnnxInspection {
    /** Larger inputs are not made up: the run would say more about this machine than about the model. */
    private static final long LARGEST_TRIAL_INPUT = 1L << 24;

    private static final Pattern CODE = Pattern.compile("^Error code - \\w+ - message: ");
    private static final Pattern SOURCE = Pattern.compile("/onnxruntime_src/\\S+:\\d+ ([^()]*\\([^)]*\\)( const)? )?");

    private OnnxInspection() {}

    /**
     * The graph's signature.
     *
     * @param classLabels how many labels stand for the last axis of the first output; 0 if none were given
     */
    static ModelSignature inspect(Path graph, int classLabels) throws ModelFault {
        OrtEnvironment environment =
                OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "validation");
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            OrtSession session;
            try {
                session = environment.createSession(graph.toString(), options);
            } catch (OrtException e) {
                throw fault("ONNX Runtime cannot load the model", e, graph);
            }
            try (session) {
                ModelSignature signature = new ModelSignature(
                        specs(session.getInputInfo().values(), "input"),
                        specs(session.getOutputInfo().values(), "output"));
                checkClassLabels(signature, classLabels);
                tryOut(environment, session, signature, graph);
                return signature;
            }
        } catch (OrtException e) {
            throw fault("ONNX Runtime failed", e, graph);
        }
    }

    private static List<TensorSpec> specs(Collection<NodeInfo> nodes, String side) throws ModelFault {
        List<TensorSpec> specs = new ArrayList<>();
        for (NodeInfo node : nodes) {
            if (!(node.getInfo() instanceof TensorInfo tensor)) {
                throw new ModelFault(side + " \"" + node.getName() + "\": "
                        + node.getInfo().getClass().getSimpleName().replace("Info", "")
                        + " (expected: a tensor; sequences and maps cannot be served)");
            }
            String datatype = TensorDatatypes.openInferenceName(tensor)
                    .orElseThrow(() -> new ModelFault(side + " \"" + node.getName() + "\": datatype " + tensor.onnxType
                            + " (expected: one of " + TensorDatatypes.served() + ")"));
            List<Long> shape = new ArrayList<>();
            for (long axis : tensor.getShape()) {
                shape.add(axis < 0 ? -1 : axis);
            }
            specs.add(new TensorSpec(node.getName(), datatype, shape));
        }
        if (specs.isEmpty()) {
            throw new ModelFault("the graph has no " + side + "s (expected: at least one)");
        }
        return specs;
    }

    private static void checkClassLabels(ModelSignature signature, int classLabels) throws ModelFault {
        List<Long> shape = signature.outputs().getFirst().shape();
        if (classLabels == 0) {
            return;
        }
        long classes = shape.isEmpty() ? 1 : shape.getLast();
        if (classes >= 0 && classes != classLabels) {
            throw new ModelFault("class_labels: " + classLabels + " labels (expected: " + classes
                    + ", the last axis of the first output \""
                    + signature.outputs().getFirst().name() + "\")");
        }
    }

    /**
     * Runs the graph once on made-up inputs. Where only first axes are variable (rows), a failure is the model's fault;
     * other variable axes may not allow the 1 that is tried, so that a failure there says nothing.
     */
    private static void tryOut(OrtEnvironment environment, OrtSession session, ModelSignature signature, Path graph)
            throws OrtException, ModelFault {
        boolean telling = true;
        for (TensorSpec input : signature.inputs()) {
            if (elements(input) > LARGEST_TRIAL_INPUT) {
                return;
            }
            List<Long> shape = input.shape();
            telling &= shape.lastIndexOf(-1L) <= 0;
        }
        Map<String, OnnxTensorLike> inputs = new LinkedHashMap<>();
        try {
            for (TensorSpec input : signature.inputs()) {
                long[] shape = input.shape().stream()
                        .mapToLong(axis -> axis < 0 ? 1 : axis)
                        .toArray();
                inputs.put(input.name(), TensorDatatypes.trial(environment, input.datatype(), shape));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                if (result.size() != signature.outputs().size()) {
                    throw new ModelFault("the graph answered " + result.size() + " outputs (expected: "
                            + signature.outputs().size() + ")");
                }
            } catch (OrtException e) {
                if (telling) {
                    throw fault("the model fails on a row of zeros", e, graph);
                }
            }
        } finally {
            inputs.values().forEach(OnnxTensorLike::close);
        }
    }

    /** Elements of an input for one row; as many as can be if they cannot be counted. */
    private static long elements(TensorSpec input) {
        try {
            return input.shape().stream().mapToLong(axis -> axis < 0 ? 1 : axis).reduce(1, Math::multiplyExact);
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    /**
     * The first line alone, as C++ frames follow, and without what means nothing to a tenant: the runtime's error code and
     * place in its source, and our folder.
     */
    private static ModelFault fault(String what, OrtException failure, Path graph) {
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        String folder = String.valueOf(graph.toAbsolutePath().getParent());
        String line =
                message.lines().findFirst().orElse("").replace(folder + "/", "").replace(folder, "the version's own");
        return new ModelFault(what + ": "
                + SOURCE.matcher(CODE.matcher(line).replaceFirst("")).replaceAll(""));
    }
}
