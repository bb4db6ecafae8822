package io.modelmill.training.run;

import io.modelmill.training.job.Job;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What every worker is told by its environment, wherever it runs. */
public final class WorkerVariables {
    /** The variable of the worker's first token, which is a secret and not among the others. */
    public static final String ACCESS_TOKEN = "MODELMILL_ACCESS_TOKEN";

    private WorkerVariables() {}

    /**
     * The variables of the worker of a job's current attempt, without its token.
     *
     * @param trainingAddress where it reaches this service, a gRPC target
     * @param registryAddress where it reaches registry-service, a gRPC target
     * @param workDirectory folder that it alone may fill
     * @param traceparent of the span that starts it
     */
    public static Map<String, String> of(
            Job job,
            String trainingAddress,
            String registryAddress,
            String workDirectory,
            Optional<String> traceparent) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("MODELMILL_JOB", job.name().toString());
        variables.put("MODELMILL_FENCING_TOKEN", Integer.toString(job.attempt()));
        variables.put("MODELMILL_TRAINING_ADDRESS", trainingAddress);
        variables.put("MODELMILL_REGISTRY_ADDRESS", registryAddress);
        variables.put("MODELMILL_WORK_DIRECTORY", workDirectory);
        // OpenMP and OpenBLAS would fight for the cores: an epoch then takes fifty times as long.
        variables.put("OPENBLAS_NUM_THREADS", "1");
        variables.put("OMP_WAIT_POLICY", "passive");
        traceparent.ifPresent(trace -> variables.put("TRACEPARENT", trace));
        return variables;
    }
}
