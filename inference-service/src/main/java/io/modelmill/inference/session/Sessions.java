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
import java.util.List;

/** Opens graphs on the configured device. */
public final class Sessions {
    private static final int CUDA_DEVICE = 0;

    private final SessionConfig config;
    private final OrtEnvironment environment;

    /**
     * Starts ONNX Runtime.
     *
     * @throws IllegalStateException if this build or this machine does not have the device
     */
    public Sessions(SessionConfig config) {
        this.config = config;
        this.environment =
                OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "inference-service");
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

    /**
     * Opens the graph in the file; its external data are read from beside it.
     *
     * @param name for logs and errors
     * @throws OrtException if ONNX Runtime refuses it
     */
    public ModelSession open(Path graph, String name) throws OrtException {
        try (SessionOptions options = options()) {
            OrtSession session = environment.createSession(graph.toString(), options);
            return new ModelSession(
                    environment,
                    session,
                    new Signature(
                            specs(session.getInputInfo().values()),
                            specs(session.getOutputInfo().values())),
                    name);
        }
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
