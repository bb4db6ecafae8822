package io.modelmill.training.run.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.modelmill.training.job.Job;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.run.WorkerVariables;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The objects that a worker is made of: its Job, and the Secret with its first token, which goes with the Job. */
final class WorkerManifests {
    /** Name of the worker's container. */
    static final String CONTAINER = "worker";

    private static final String TOKEN_KEY = "access-token";
    private static final String WORK = "/var/lib/modelmill/work";

    private final KubernetesRunnerConfig config;
    private final String registryAddress;
    private final Placements placements;
    private final Map<String, String> ownEnvironment;

    /**
     * @param registryAddress where this service reaches the registry
     * @param ownEnvironment the environment of this process
     */
    WorkerManifests(KubernetesRunnerConfig config, String registryAddress, Map<String, String> ownEnvironment) {
        this.config = config;
        this.registryAddress = config.registryAddress().orElse(registryAddress);
        this.placements = new Placements(config, new ArrayList<>());
        this.ownEnvironment = Map.copyOf(ownEnvironment);
    }

    /**
     * The Job of a job's current attempt.
     *
     * @param owner goes with which it goes
     * @param now as the database's clock has it
     */
    io.fabric8.kubernetes.api.model.batch.v1.Job job(
            Job job, Optional<String> traceparent, Optional<OwnerReference> owner, Instant now) {
        AttemptName attempt = AttemptName.of(job);
        String name = attempt.objectName(config.namePrefix());
        Map<String, String> labels = attempt.labels(config.namePrefix(), job);
        Map<String, String> annotations = attempt.annotations(job);
        Map<String, String> jobLabels = new LinkedHashMap<>(labels);
        config.queue().ifPresent(queue -> jobLabels.put("kueue.x-k8s.io/queue-name", queue));
        return new JobBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(jobLabels)
                .withAnnotations(annotations)
                .withOwnerReferences(owner.map(List::of).orElse(List.of()))
                .endMetadata()
                .withNewSpec()
                .withParallelism(1)
                .withCompletions(1)
                // One attempt is one pod: training-service alone decides about another.
                .withBackoffLimit(0)
                .withPodReplacementPolicy("Failed")
                .withTtlSecondsAfterFinished((int) config.timeToLive().toSeconds())
                .withActiveDeadlineSeconds(secondsLeft(job, now))
                .withSuspend(config.queue().isPresent() ? true : null)
                .withTemplate(pod(job, labels, annotations, name, traceparent))
                .endSpec()
                .build();
    }

    /** Behind the deadline that training-service itself keeps, for the case that it cannot. */
    private long secondsLeft(Job job, Instant now) {
        Duration left = job.deadline()
                .map(deadline -> Duration.between(now, deadline))
                // It begins to run out when the worker begins.
                .orElseGet(() -> job.timeLeft().orElse(job.spec().maxDuration()).plus(config.startTimeout()))
                .plus(config.exitGrace());
        return Math.max(1, left.plusSeconds(1).toSeconds());
    }

    private PodTemplateSpec pod(
            Job job,
            Map<String, String> labels,
            Map<String, String> annotations,
            String secret,
            Optional<String> traceparent) {
        Placements.Placement placement = placements.of(job.resourceClass().name());
        Map<String, Quantity> resources = quantities(job.resourceClass().resources());
        Long user = config.runAsUser().isPresent() ? config.runAsUser().getAsLong() : null;
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withServiceAccountName(config.serviceAccount().orElse(null))
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withPriorityClassName(config.priorityClass().orElse(null))
                .withTerminationGracePeriodSeconds(config.terminationGrace().toSeconds())
                .withImagePullSecrets(config.imagePullSecrets().orElse(List.of()).stream()
                        .map(LocalObjectReference::new)
                        .toList())
                .withNodeSelector(placement.nodeSelector())
                .withTolerations(placement.tolerations())
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(user)
                .withRunAsGroup(user)
                .withFsGroup(user)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName(CONTAINER)
                .withImage(config.image().orElseThrow())
                .withImagePullPolicy(config.imagePullPolicy())
                .withCommand(commandLine())
                .withEnvFrom(references())
                .withEnv(environment(job, secret, traceparent))
                .withNewResources()
                .withRequests(resources)
                .withLimits(resources)
                .endResources()
                .withTerminationMessagePath("/dev/termination-log")
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .addNewVolumeMount()
                .withName("work")
                .withMountPath(WORK)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName("work")
                .withMountPath("/tmp")
                .withSubPath("tmp")
                .endVolumeMount()
                .endContainer()
                .addNewVolume()
                .withName("work")
                .withNewEmptyDir()
                .withSizeLimit(
                        config.workSize().map(size -> bytes(size.asLongValue())).orElse(null))
                .endEmptyDir()
                .endVolume()
                .endSpec()
                .build();
    }

    private List<String> commandLine() {
        List<String> command = new ArrayList<>();
        command.add("java");
        command.addAll(config.jvmOptions());
        command.add("-Dorg.bytedeco.javacpp.cachedir=" + WORK + "/native-cache");
        command.add("-cp");
        command.add(config.workerDirectory() + "/training-worker.jar:" + config.workerDirectory() + "/lib/*");
        command.add(config.mainClass());
        return command;
    }

    private List<EnvFromSource> references() {
        return config.secrets().orElse(List.of()).stream()
                .map(name -> new EnvFromSourceBuilder()
                        .withNewSecretRef()
                        .withName(name)
                        .endSecretRef()
                        .build())
                .toList();
    }

    private List<EnvVar> environment(Job job, String secret, Optional<String> traceparent) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (String name : config.environment()) {
            String value = ownEnvironment.get(name);
            if (value != null) {
                variables.put(name, value);
            }
        }
        variables.putAll(WorkerVariables.of(
                job, config.trainingAddress().orElseThrow(), registryAddress, WORK + "/attempt", traceparent));
        List<EnvVar> environment = new ArrayList<>();
        variables.forEach((name, value) -> environment.add(new EnvVar(name, value, null)));
        environment.add(new EnvVarBuilder()
                .withName(WorkerVariables.ACCESS_TOKEN)
                .withNewValueFrom()
                .withNewSecretKeyRef()
                .withName(secret)
                .withKey(TOKEN_KEY)
                .endSecretKeyRef()
                .endValueFrom()
                .build());
        return environment;
    }

    private Map<String, Quantity> quantities(Resources resources) {
        Map<String, Quantity> quantities = new LinkedHashMap<>();
        quantities.put("cpu", new Quantity(Integer.toString(resources.cores())));
        quantities.put("memory", bytes(resources.memoryBytes()));
        if (resources.gpus() > 0) {
            quantities.put(config.gpuResource(), new Quantity(Integer.toString(resources.gpus())));
        }
        return quantities;
    }

    private static Quantity bytes(long bytes) {
        return new Quantity(Long.toString(bytes));
    }

    /** The Secret with the first token of the Job's worker. It belongs to the Job and is deleted with it. */
    static Secret secret(io.fabric8.kubernetes.api.model.batch.v1.Job job, String token) {
        return new SecretBuilder()
                .withNewMetadata()
                .withName(job.getMetadata().getName())
                .withLabels(job.getSpec().getTemplate().getMetadata().getLabels())
                .withAnnotations(job.getSpec().getTemplate().getMetadata().getAnnotations())
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("batch/v1")
                        .withKind("Job")
                        .withName(job.getMetadata().getName())
                        .withUid(job.getMetadata().getUid())
                        .build())
                .endMetadata()
                .withType("Opaque")
                .addToData(TOKEN_KEY, Base64.getEncoder().encodeToString(token.getBytes(UTF_8)))
                .build();
    }
}
