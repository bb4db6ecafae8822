package io.modelmill.training.run.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.modelmill.training.job.Job;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How an attempt is known in the cluster: by a name that follows from it alone, so that it is made once however often that
 * is tried, and by labels that lead back.
 *
 * @param submitted when the job was: tells it from one of an earlier database with the same key
 */
record AttemptName(long jobKey, int number, Instant submitted) {
    private static final String JOB_KEY = "modelmill.io/job-key";
    private static final String ATTEMPT = "modelmill.io/attempt";
    private static final String SUBMITTED = "modelmill.io/submitted";
    private static final String MANAGER = "modelmill-training-service";

    static AttemptName of(Job job) {
        return new AttemptName(job.key(), job.attempt(), job.createTime());
    }

    /** The attempt that an object of ours belongs to, or empty if its labels say none. */
    static Optional<AttemptName> of(HasMetadata object) {
        try {
            return Optional.of(new AttemptName(
                    Long.parseLong(object.getMetadata().getLabels().get(JOB_KEY)),
                    Integer.parseInt(object.getMetadata().getLabels().get(ATTEMPT)),
                    Instant.parse(object.getMetadata().getAnnotations().get(SUBMITTED))));
        } catch (RuntimeException malformed) {
            return Optional.empty();
        }
    }

    /** Name of the Job and of its Secret. */
    String objectName(String prefix) {
        return prefix + "-" + jobKey + "-" + number;
    }

    /** What all objects of the fleet have, and no others. */
    static Map<String, String> fleetLabels(String prefix) {
        return Map.of("app.kubernetes.io/managed-by", MANAGER, "app.kubernetes.io/instance", prefix);
    }

    /** Labels of all objects of the attempt. */
    Map<String, String> labels(String prefix, Job job) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("app.kubernetes.io/name", "training-worker");
        labels.put("app.kubernetes.io/component", "training-worker");
        labels.put("app.kubernetes.io/part-of", "modelmill");
        labels.putAll(fleetLabels(prefix));
        labels.put("modelmill.io/tenant", labelValue(job.name().tenant()));
        labels.put("modelmill.io/job", labelValue(job.name().job()));
        labels.put(JOB_KEY, Long.toString(jobKey));
        labels.put(ATTEMPT, Integer.toString(number));
        return labels;
    }

    /** Annotations of all objects of the attempt. */
    Map<String, String> annotations(Job job) {
        return Map.of("modelmill.io/training-job", job.name().toString(), SUBMITTED, submitted.toString());
    }

    /** Ids may end in dashes, values of labels may not; the whole name is in the annotations. */
    private static String labelValue(String id) {
        return id.replaceAll("-+$", "");
    }
}
