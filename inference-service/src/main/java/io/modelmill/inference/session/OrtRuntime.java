package io.modelmill.inference.session;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime itself, which a process has once, with the one pool of threads that all sessions share. With pools of
 * their own, twenty models would have twenty, and threads that spin between runs take the processors from their
 * neighbours: up to three times slower.
 */
final class OrtRuntime {
    private static final Logger LOG = Logger.getLogger(OrtRuntime.class);
    private static final String NAME = "inference-service";

    /** The build for CUDA looks for devices with a recursion that overflowed a Java thread's 1 MiB, and so ended the JVM. */
    private static final long STACK_BYTES = 64L << 20;

    private static @Nullable OrtRuntime running;

    private final OrtEnvironment environment;
    private final int intraOpThreads;
    private final boolean pooled;

    private OrtRuntime(OrtEnvironment environment, int intraOpThreads, boolean pooled) {
        this.environment = environment;
        this.intraOpThreads = intraOpThreads;
        this.pooled = pooled;
    }

    /**
     * Starts it, or finds it running: then its pool stays as it is.
     *
     * @param intraOpThreads that share a run, the run thread itself among them
     */
    static synchronized OrtRuntime start(int intraOpThreads) throws OrtException {
        OrtRuntime found = running;
        if (found == null) {
            found = startNow(intraOpThreads);
            running = found;
        }
        if (found.intraOpThreads != intraOpThreads) {
            LOG.warnf(
                    "%d threads share a run, for ONNX Runtime was started with them before; %d were asked for",
                    found.intraOpThreads, intraOpThreads);
        }
        return found;
    }

    private static OrtRuntime startNow(int intraOpThreads) throws OrtException {
        if (!LargeBlocks.mapEach(System.getenv())) {
            LOG.debug("malloc stays as it is set");
        }
        FutureTask<OrtRuntime> starting = new FutureTask<>(() -> startHere(intraOpThreads));
        new Thread(null, starting, "onnxruntime-start", STACK_BYTES).start();
        try {
            return starting.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ONNX Runtime started", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OrtException refused) {
                throw refused;
            }
            throw new IllegalStateException("ONNX Runtime could not be started: " + e.getCause(), e.getCause());
        }
    }

    private static OrtRuntime startHere(int intraOpThreads) throws OrtException {
        try (OrtEnvironment.ThreadingOptions threads = new OrtEnvironment.ThreadingOptions()) {
            threads.setGlobalIntraOpNumThreads(intraOpThreads);
            threads.setGlobalInterOpNumThreads(1);
            threads.setGlobalSpinControl(false);
            return new OrtRuntime(
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, NAME, threads),
                    intraOpThreads,
                    true);
        } catch (IllegalStateException startedElsewhere) {
            LOG.warn("ONNX Runtime was started before without a pool of threads: each session has its own");
            return new OrtRuntime(OrtEnvironment.getEnvironment(), intraOpThreads, false);
        }
    }

    OrtEnvironment environment() {
        return environment;
    }

    /** Makes a session run on these threads. */
    void apply(SessionOptions options) throws OrtException {
        if (pooled) {
            options.disablePerSessionThreads();
        } else {
            options.setIntraOpNumThreads(intraOpThreads);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
        }
    }
}
