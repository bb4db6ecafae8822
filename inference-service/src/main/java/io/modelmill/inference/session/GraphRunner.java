package io.modelmill.inference.session;

import io.modelmill.inference.model.Signature;
import java.util.List;

/** What runs a graph: an open {@link ModelSession}, or a stand-in for it in tests. */
public interface GraphRunner {
    /** Inputs and outputs as the graph has them. */
    Signature signature();

    /** How many runs it takes at a time: the run threads 0 to this may run it, each always the same instance. */
    int concurrency();

    /**
     * Runs the graph on the calling thread.
     *
     * @param thread index of the calling run thread, less than {@link #concurrency}
     * @param outputs names of the wanted outputs, in the order of the answer
     * @param termination ends the run early when it is asked to
     * @return outputs that stay valid until it is closed, which the caller must do
     * @throws io.modelmill.servicekit.error.ServiceException if the graph cannot work on the inputs, memory ran out or the
     *     run was terminated (reason RUN_TERMINATED, also if it was asked for before the run)
     */
    RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination);
}
