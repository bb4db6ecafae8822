package io.modelmill.inference.session;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Opens graphs on the configured device. */
public final class Sessions {
    private static final String CPU_ARENA = "cpu:0";

    private final SessionConfig config;
    private final OrtRuntime runtime;
    /** Null on a CPU. */
    private final @Nullable CudaOptions cuda;

    private final List<RunThread> threads;
    private final DeviceHealth health;

    /**
     * Starts ONNX Runtime.
     *
     * @throws IllegalStateException if this build or this machine does not have the device, or a setting makes no sense
     */
    public Sessions(SessionConfig config) {
        this(config, new DeviceHealth(config.device()));
    }

    Sessions(SessionConfig config, DeviceHealth health) {
        this.config = config;
        this.health = health;
        this.cuda = config.device() == Device.CUDA ? new CudaOptions(config.cuda()) : null;
        requireThreads(config);
        this.threads = IntStream.range(0, runThreads())
                .mapToObj(thread -> new RunThread(new RunMemory(), cuda == null ? CPU_ARENA : cuda.shrinkage(thread)))
                .toList();
        try {
            this.runtime = OrtRuntime.start(config.intraOpThreads());
            options(0).close();
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "modelmill.session.device: " + config.device()
                            + " (expected: CPU, for ONNX Runtime offers no other here; CUDA needs the build with -Pcuda,"
                            + " CUDA 12, cuDNN 9 and a device): " + e.getMessage(),
                    e);
        }
    }

    private static void requireThreads(SessionConfig config) {
        int processors = Runtime.getRuntime().availableProcessors();
        if (config.intraOpThreads() < 1 || config.intraOpThreads() > processors) {
            throw new IllegalStateException("modelmill.session.intra-op-threads: " + config.intraOpThreads()
                    + " (expected: 1 to " + processors + ", the processors that this process may use)");
        }
        if (config.runThreads().orElse(1) < 1) {
            throw new IllegalStateException(
                    "modelmill.session.run-threads: " + config.runThreads().getAsInt() + " (expected: at least 1)");
        }
    }

    /** Whether the device still works. */
    public DeviceHealth health() {
        return health;
    }

    /** How many threads runs may take at a time; their index is less. */
    public int runThreads() {
        return config.runThreads().orElseGet(() -> switch (config.device()) {
            case CPU -> Runtime.getRuntime().availableProcessors();
            // Runs that hop between threads grow memory on CUDA (onnxruntime issue 29351).
            case CUDA -> config.cuda().deviceIds().size();
        });
    }

    /**
     * Whether graphs run where one of them asks to.
     *
     * @param wanted {@code cpu}, {@code cuda}, or {@code cuda:N} with CUDA's number of the device
     * @throws IllegalArgumentException if they do not, with where they do
     */
    public void requireDevice(String wanted) {
        Set<String> offered = switch (config.device()) {
            case CPU -> Set.of("cpu");
            // Runs are spread over all devices, so that one of several cannot be promised.
            case CUDA ->
                config.cuda().deviceIds().size() == 1
                        ? Set.of("cuda", "cuda:" + config.cuda().deviceIds().getFirst())
                        : Set.of("cuda");
        };
        if (!offered.contains(wanted)) {
            throw new IllegalArgumentException("device: " + wanted + " (expected: "
                    + offered.stream().sorted().collect(Collectors.joining(" or ")) + ", as this replica has it)");
        }
    }

    /** As {@link #open(Path, String, OptionalInt)} with as many instances as there are devices. */
    public ModelSession open(Path graph, String name) throws OrtException {
        return open(graph, name, OptionalInt.empty());
    }

    /**
     * Opens the graph in the file; its external data are read from beside it. On a CPU all run threads share one session.
     * On CUDA each instance is a session of one run thread, for sessions that change threads grow.
     *
     * @param name for logs and errors
     * @param instances on each CUDA device, as far as there are run threads for them; empty means one
     * @throws OrtException if ONNX Runtime refuses it
     */
    public ModelSession open(Path graph, String name, OptionalInt instances) throws OrtException {
        int count = cuda == null
                ? 1
                : Math.min(
                        threads.size(),
                        instances.orElse(1) * config.cuda().deviceIds().size());
        List<OrtSession> opened = new ArrayList<>(count);
        try {
            for (int thread = 0; thread < count; thread++) {
                try (SessionOptions options = options(thread)) {
                    opened.add(runtime.environment().createSession(graph.toString(), options));
                }
            }
            return session(opened, name);
        } catch (OrtException | RuntimeException failure) {
            if (failure instanceof OrtException refused) {
                health.observe(refused);
            }
            for (OrtSession session : opened) {
                session.close();
            }
            throw failure;
        }
    }

    private ModelSession session(List<OrtSession> instances, String name) throws OrtException {
        Collection<NodeInfo> inputs = instances.getFirst().getInputInfo().values();
        Map<String, NodeInfo> outputs = instances.getFirst().getOutputInfo();
        Map<String, OutputPlan> plans = new HashMap<>();
        outputs.forEach((output, node) -> plans.put(output, OutputPlan.of(node, inputs)));
        return new ModelSession(
                runtime.environment(),
                instances,
                new Signature(specs(inputs), specs(outputs.values())),
                plans,
                name,
                cuda == null ? threads : threads.subList(0, instances.size()),
                health);
    }

    private static List<TensorSpec> specs(Collection<NodeInfo> nodes) {
        return nodes.stream().map(OrtTensors::spec).toList();
    }

    private SessionOptions options(int thread) throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            runtime.apply(options);
            if (cuda != null) {
                cuda.apply(options, thread);
            }
            return options;
        } catch (OrtException | RuntimeException | LinkageError e) {
            options.close();
            throw e;
        }
    }
}
