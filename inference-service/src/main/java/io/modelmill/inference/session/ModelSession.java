package io.modelmill.inference.session;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.modelmill.inference.model.Signature;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/** One loaded graph. It may run many times at once; it closes when it is retired and the last lease has ended. */
public final class ModelSession implements GraphRunner {
    private static final Logger LOG = Logger.getLogger(ModelSession.class);

    private final OrtEnvironment environment;
    /** One for each run thread, or one for all. */
    private final List<OrtSession> instances;

    private final Signature signature;
    private final Map<String, OutputPlan> plans;
    private final String name;
    private final List<RunThread> threads;
    private final DeviceHealth health;
    private final UseCount uses = new UseCount(this::closeNow);
    private volatile Runnable closeAfter = () -> {};

    /**
     * @param instances one for each of the run threads, or one for all
     * @param plans by output
     * @param threads that may run it, by their index
     */
    ModelSession(
            OrtEnvironment environment,
            List<OrtSession> instances,
            Signature signature,
            Map<String, OutputPlan> plans,
            String name,
            List<RunThread> threads,
            DeviceHealth health) {
        this.environment = environment;
        this.instances = List.copyOf(instances);
        this.signature = signature;
        this.plans = Map.copyOf(plans);
        this.name = name;
        this.threads = List.copyOf(threads);
        this.health = health;
    }

    @Override
    public int concurrency() {
        return threads.size();
    }

    @Override
    public Signature signature() {
        return signature;
    }

    /** Keeps the session open until {@link #release}; false if it is retired. */
    public boolean acquire() {
        return uses.acquire();
    }

    /** Ends one successful {@link #acquire}. */
    public void release() {
        uses.release();
    }

    /** Lets no new caller in and closes the session when the last has gone. */
    public void retire() {
        uses.retire();
    }

    /** Closes what belongs to the session after it, when no lease or run can need it any more. */
    public void closeWith(Runnable close) {
        closeAfter = close;
    }

    /** The caller must hold the session. */
    @Override
    public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
        if (health.isFailed()) {
            throw RunFailure.deviceFailed();
        }
        OutputPlan[] plans = new OutputPlan[outputs.size()];
        for (int index = 0; index < plans.length; index++) {
            plans[index] = plan(outputs.get(index));
        }
        RunThread runThread = threads.get(thread);
        RunMemory memory = runThread.memory();
        long begun = System.nanoTime();
        try (OrtRun run = new OrtRun(environment, inputs, plans)) {
            long footprint = run.footprint();
            RunMemory.Block block = memory.take(footprint);
            boolean answered = false;
            try {
                run.gather(block);
                long gathered = System.nanoTime();
                List<OutputTensor> answer = compute(
                        run,
                        instances.get(instances.size() == 1 ? 0 : thread),
                        footprint > RunMemory.RETAINED_BYTES ? runThread.arenas() : "",
                        termination);
                answered = true;
                return new OrtRunResult(answer, gathered - begun, System.nanoTime() - gathered, memory, block);
            } finally {
                if (!answered) {
                    memory.giveBack(block);
                }
            }
        } catch (OutOfMemoryError e) {
            throw RunFailure.memoryExhausted();
        } catch (OrtException e) {
            health.observe(e);
            throw RunFailure.toServiceException(name, e);
        }
    }

    /** Whether the graph writes the output into memory that was set aside, so that nothing is copied. */
    boolean isWrittenInPlace(String output) {
        return plan(output).isProven();
    }

    private OutputPlan plan(String output) {
        OutputPlan plan = plans.get(output);
        if (plan == null) {
            throw new IllegalArgumentException("output: " + output + " (expected: one of " + plans.keySet() + ")");
        }
        return plan;
    }

    /** @param shrunk arenas that give back afterwards what the run made them take; none if empty */
    private List<OutputTensor> compute(OrtRun run, OrtSession session, String shrunk, Termination termination)
            throws OrtException {
        try (OrtSession.RunOptions options = new OrtSession.RunOptions()) {
            if (!shrunk.isEmpty()) {
                options.addRunConfigEntry("memory.enable_memory_arena_shrinkage", shrunk);
            }
            termination.begin(() -> stop(options));
            try {
                return run.compute(session, options);
            } catch (OrtException e) {
                if (termination.isRequested()) {
                    throw RunFailure.terminated();
                }
                throw e;
            } finally {
                termination.end();
            }
        }
    }

    private void stop(OrtSession.RunOptions options) {
        try {
            options.setTerminate(true);
        } catch (OrtException e) {
            LOG.warnf(e, "%s: run could not be ended early", name);
        }
    }

    private void closeNow() {
        for (OrtSession session : instances) {
            try {
                session.close();
                LOG.debugf("%s: session closed", name);
            } catch (OrtException e) {
                LOG.errorf(e, "%s: session could not be closed, its memory is lost", name);
            }
        }
        closeAfter.run();
    }
}
