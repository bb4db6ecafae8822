package io.modelmill.inference.session;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.modelmill.inference.model.Signature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/** One loaded graph. It may run many times at once; it closes when it is retired and the last lease has ended. */
public final class ModelSession implements GraphRunner {
    private static final Logger LOG = Logger.getLogger(ModelSession.class);

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Signature signature;
    private final String name;
    private final List<RunMemory> memories;
    private final UseCount uses = new UseCount(this::closeNow);

    /** @param memories of the run threads that may run it, by their index */
    ModelSession(
            OrtEnvironment environment,
            OrtSession session,
            Signature signature,
            String name,
            List<RunMemory> memories) {
        this.environment = environment;
        this.session = session;
        this.signature = signature;
        this.name = name;
        this.memories = List.copyOf(memories);
    }

    @Override
    public int concurrency() {
        return memories.size();
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

    /** The caller must hold the session. */
    @Override
    public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
        RunMemory memory = memories.get(thread);
        RunMemory.Block block;
        try {
            block = memory.take(inputs.stream().mapToLong(OrtTensors::footprint).sum());
        } catch (OutOfMemoryError e) {
            throw RunFailure.memoryExhausted();
        }
        boolean answered = false;
        try {
            RunResult result = run(memory, block, inputs, outputs, termination);
            answered = true;
            return result;
        } catch (OrtException e) {
            throw RunFailure.toServiceException(name, e);
        } finally {
            if (!answered) {
                memory.giveBack(block);
            }
        }
    }

    private RunResult run(
            RunMemory memory,
            RunMemory.Block block,
            List<InputTensor> inputs,
            List<String> outputs,
            Termination termination)
            throws OrtException {
        Map<String, OnnxTensor> fed = LinkedHashMap.newLinkedHashMap(inputs.size());
        long begun = System.nanoTime();
        try {
            for (InputTensor input : inputs) {
                fed.put(input.name(), OrtTensors.feed(environment, block, input));
            }
            long gathered = System.nanoTime();
            try (OrtSession.Result result = compute(fed, outputs, termination)) {
                long computed = System.nanoTime();
                List<OutputTensor> answer = new ArrayList<>(outputs.size());
                for (String output : outputs) {
                    OnnxValue value = result.get(output).orElseThrow();
                    answer.add(OrtTensors.read(output, value));
                }
                return new OrtRunResult(answer, gathered - begun, computed - gathered, memory, block);
            }
        } finally {
            fed.values().forEach(OnnxTensor::close);
        }
    }

    private OrtSession.Result compute(Map<String, OnnxTensor> fed, List<String> outputs, Termination termination)
            throws OrtException {
        try (OrtSession.RunOptions options = new OrtSession.RunOptions()) {
            termination.begin(() -> stop(options));
            try {
                return session.run(fed, new LinkedHashSet<>(outputs), options);
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
        try {
            session.close();
            LOG.debugf("%s: session closed", name);
        } catch (OrtException e) {
            LOG.errorf(e, "%s: session could not be closed, its memory is lost", name);
        }
    }
}
