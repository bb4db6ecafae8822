package io.modelmill.inference.session;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Opens graphs on the configured device. */
public final class Sessions {
    private static final int CUDA_DEVICE = 0;

    private final SessionConfig config;
    private final OrtEnvironment environment;
    /** Of each run thread. */
    private final List<RunMemory> memories;

    /**
     * Starts ONNX Runtime.
     *
     * @throws IllegalStateException if this build or this machine does not have the device
     */
    public Sessions(SessionConfig config) {
        this.config = config;
        this.environment =
                OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "inference-service");
        this.memories = Stream.generate(RunMemory::new).limit(runThreads()).toList();
        try {
            options().close();
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "modelmill.session.device: " + config.device()
                            + " (expected: CPU, for ONNX Runtime offers no other here; CUDA needs the build with -Pcuda,"
                            + " CUDA 12, cuDNN 9 and a device): " + e.getMessage(),
                    e);
        }
    }

    /** How many threads runs may take at a time; their index is less. */
    public int runThreads() {
        return config.runThreads()
                .orElse(
                        switch (config.device()) {
                            case CPU -> Runtime.getRuntime().availableProcessors();
                            // Runs that hop between threads grow memory on CUDA (onnxruntime issue 29351).
                            case CUDA -> 1;
                        });
    }

    /**
     * Opens the graph in the file; its external data are read from beside it.
     *
     * @param name for logs and errors
     * @throws OrtException if ONNX Runtime refuses it
     */
    public ModelSession open(Path graph, String name) throws OrtException {
        try (SessionOptions options = options()) {
            OrtSession session = environment.createSession(graph.toString(), options);
            try {
                return session(session, name);
            } catch (OrtException | RuntimeException failure) {
                session.close();
                throw failure;
            }
        }
    }

    private ModelSession session(OrtSession session, String name) throws OrtException {
        Collection<NodeInfo> inputs = session.getInputInfo().values();
        Map<String, NodeInfo> outputs = session.getOutputInfo();
        Map<String, OutputPlan> plans = new HashMap<>();
        outputs.forEach((output, node) -> plans.put(output, OutputPlan.of(node, inputs)));
        Signature signature = new Signature(specs(inputs), specs(outputs.values()));
        return new ModelSession(environment, session, signature, plans, name, memories);
    }

    private static List<TensorSpec> specs(Collection<NodeInfo> nodes) {
        return nodes.stream().map(OrtTensors::spec).toList();
    }

    private SessionOptions options() throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            options.setIntraOpNumThreads(config.intraOpThreads());
            options.setInterOpNumThreads(1);
            // Spinning threads of one session take the processors from its neighbours: up to three times slower.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
            if (config.device() == Device.CUDA) {
                options.addCUDA(CUDA_DEVICE);
            }
            return options;
        } catch (OrtException e) {
            options.close();
            throw e;
        }
    }
}
