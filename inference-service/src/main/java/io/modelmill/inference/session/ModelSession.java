package io.modelmill.inference.session;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.modelmill.inference.model.Signature;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/** One loaded graph. It may run many times at once; it closes when it is retired and the last lease has ended. */
public final class ModelSession {
    private static final Logger LOG = Logger.getLogger(ModelSession.class);

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Signature signature;
    private final String name;
    private final UseCount uses = new UseCount(this::closeNow);

    ModelSession(OrtEnvironment environment, OrtSession session, Signature signature, String name) {
        this.environment = environment;
        this.session = session;
        this.signature = signature;
        this.name = name;
    }

    /** Inputs and outputs as the graph has them. */
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

    /**
     * Runs the graph on the calling thread, which must be one of {@link SessionRuns} and hold the session.
     *
     * @param outputs wanted outputs, in the order of the answer
     * @throws io.modelmill.servicekit.error.ServiceException if the graph cannot work on the inputs or memory ran out
     */
    public List<OutputTensor> run(List<InputTensor> inputs, List<String> outputs) {
        Map<String, OnnxTensor> fed = new LinkedHashMap<>();
        try (Arena memory = Arena.ofConfined()) {
            try {
                for (InputTensor input : inputs) {
                    fed.put(input.name(), OrtTensors.feed(environment, memory, input));
                }
                try (OrtSession.Result result = session.run(fed, new LinkedHashSet<>(outputs))) {
                    List<OutputTensor> answer = new ArrayList<>(outputs.size());
                    for (String output : outputs) {
                        OnnxValue value = result.get(output).orElseThrow();
                        answer.add(OrtTensors.read(output, value));
                    }
                    return answer;
                }
            } finally {
                fed.values().forEach(OnnxTensor::close);
            }
        } catch (OrtException e) {
            throw RunFailure.toServiceException(name, e);
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
