package io.modelmill.worker;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All that a worker is told when it starts.
 *
 * @param job {@code tenants/{tenant}/trainingJobs/{job}}
 * @param fencingToken of this attempt
 * @param accessToken first token for both services; each lease brings a newer one
 * @param trainingAddress gRPC target of training-service
 * @param registryAddress gRPC target of registry-service
 * @param workDirectory folder of this attempt alone
 * @param traceParent W3C trace context of the job, if it is traced
 */
record WorkerEnvironment(
        String job,
        long fencingToken,
        String accessToken,
        String trainingAddress,
        String registryAddress,
        Path workDirectory,
        Optional<String> traceParent) {
    private static final Pattern JOB = Pattern.compile("(tenants/[a-z][a-z0-9-]{0,62})/trainingJobs/[^/]+");

    /**
     * Reads the environment.
     *
     * @throws IllegalArgumentException naming every variable that is missing or wrong; the token is never shown
     */
    static WorkerEnvironment of(Map<String, String> variables) {
        List<String> faults = new ArrayList<>();
        String job = required(variables, "MODELMILL_JOB", faults);
        if (!job.isEmpty() && !JOB.matcher(job).matches()) {
            faults.add("MODELMILL_JOB: `%s` (expected: tenants/{tenant}/trainingJobs/{job})".formatted(job));
        }
        String token = required(variables, "MODELMILL_FENCING_TOKEN", faults);
        long fencingToken = 0;
        try {
            fencingToken = token.isEmpty() ? 0 : Long.parseLong(token);
        } catch (NumberFormatException e) {
            faults.add("MODELMILL_FENCING_TOKEN: `%s` (expected: an integer)".formatted(token));
        }
        String accessToken = required(variables, "MODELMILL_ACCESS_TOKEN", faults);
        String training = required(variables, "MODELMILL_TRAINING_ADDRESS", faults);
        String registry = required(variables, "MODELMILL_REGISTRY_ADDRESS", faults);
        String directory = required(variables, "MODELMILL_WORK_DIRECTORY", faults);
        Path workDirectory = Path.of("");
        try {
            workDirectory = Path.of(directory);
        } catch (InvalidPathException e) {
            faults.add("MODELMILL_WORK_DIRECTORY: `%s` (expected: a path)".formatted(directory));
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        Optional<String> traceParent =
                Optional.ofNullable(variables.get("TRACEPARENT")).filter(value -> !value.isEmpty());
        return new WorkerEnvironment(job, fencingToken, accessToken, training, registry, workDirectory, traceParent);
    }

    /** The job's owner, {@code tenants/{tenant}}. */
    String tenant() {
        Matcher matcher = JOB.matcher(job);
        if (!matcher.matches()) {
            throw new IllegalStateException("job: " + job);
        }
        return matcher.group(1);
    }

    private static String required(Map<String, String> variables, String name, List<String> faults) {
        String value = variables.getOrDefault(name, "");
        if (value.isEmpty()) {
            faults.add(name + ": missing");
        }
        return value;
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "WorkerEnvironment[job=%s, fencingToken=%d, trainingAddress=%s, registryAddress=%s, workDirectory=%s]"
                .formatted(job, fencingToken, trainingAddress, registryAddress, workDirectory);
    }
}
