package io.modelmill.training.run.kubernetes;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Workers as Jobs of a Kubernetes cluster. */
@ConfigMapping(prefix = "modelmill.runner.kubernetes")
public interface KubernetesRunnerConfig {
    /** Namespace of the Jobs; unset is that of this service's own pod. */
    Optional<String> namespace();

    /** Begins the names of the Jobs and tells them from those of other fleets in the namespace. */
    @WithDefault("modelmill")
    String namePrefix();

    /** Image of workers: a JDK 25 with {@code java} on the PATH and the worker in the worker directory. */
    Optional<String> image();

    /** {@code Always}, {@code IfNotPresent} or {@code Never}. */
    @WithDefault("IfNotPresent")
    String imagePullPolicy();

    /** Secrets that pull the image. */
    Optional<List<String>> imagePullSecrets();

    /** Service account of workers, whose token is not mounted. */
    Optional<String> serviceAccount();

    /** PriorityClass of workers. */
    Optional<String> priorityClass();

    /** User and group of workers; unset is the image's, which must not be root. */
    OptionalLong runAsUser();

    /** Folder with {@code training-worker.jar} and {@code lib/} in the image. */
    @WithDefault("/opt/modelmill/worker")
    String workerDirectory();

    /** Main class of workers. */
    @WithDefault("io.modelmill.worker.WorkerMain")
    String mainClass();

    /** Options of the workers' JVM. */
    @WithDefault("--enable-native-access=ALL-UNNAMED,--sun-misc-unsafe-memory-access=allow,"
            + "-XX:+UseSerialGC,-XX:TieredStopAtLevel=1")
    List<String> jvmOptions();

    /** Most that a worker may write; unset is no bound of its own. */
    Optional<MemorySize> workSize();

    /** Where workers reach this service, a gRPC target. */
    Optional<String> trainingAddress();

    /** Where workers reach registry-service, a gRPC target; unset is where this service does. */
    Optional<String> registryAddress();

    /** Variables of this service's environment that workers get too, readable for all who may read the Jobs. */
    @WithDefault("OTEL_EXPORTER_OTLP_ENDPOINT")
    List<String> environment();

    /** Secrets of the namespace whose keys become variables of workers. */
    Optional<List<String>> secrets();

    /** Labels of nodes that workers may run on, each as {@code label=value}. */
    Optional<List<String>> nodeSelector();

    /** Taints that workers tolerate, each as {@code key[=value][:effect]}. */
    Optional<List<String>> tolerations();

    /** What workers of a class need besides. */
    @WithName("class")
    Map<String, Placement> classes();

    /** Extended resource that stands for a GPU. */
    @WithDefault("nvidia.com/gpu")
    String gpuResource();

    /** Deployment that owns the Jobs: they are deleted with it. */
    Optional<String> owner();

    /** Kueue's LocalQueue that Jobs wait in, suspended. */
    Optional<String> queue();

    /** Most workers at a time, whatever they use; unset is no such bound. */
    OptionalInt maxWorkers();

    /** Processor cores for all workers together; unset is no bound. */
    OptionalInt cores();

    /** Memory for all workers together; unset is no bound. */
    Optional<MemorySize> memory();

    /** GPUs for all workers together; unset is no bound. */
    OptionalInt gpus();

    /** Between two looks at all Jobs, whatever the watches tell. */
    @WithDefault("PT10S")
    Duration pollInterval();

    /** Longest time until a worker begins, not counted while its Job is suspended; then its attempt is lost. */
    @WithDefault("PT15M")
    Duration startTimeout();

    /** Time for a Job to appear whose creation was not answered; then its attempt is lost. */
    @WithDefault("PT1M")
    Duration creationGrace();

    /** How long a worker may wait for its start before the reason stands in the state of its job. */
    @WithDefault("PT30S")
    Duration explainAfter();

    /** Time for a worker to end by itself after its attempt is over; then its Job is deleted. */
    @WithDefault("PT15S")
    Duration exitGrace();

    /** Time between SIGTERM and SIGKILL for workers whose Job is deleted. */
    @WithDefault("PT30S")
    Duration terminationGrace();

    /** How long a Job that has ended is kept, for its log. */
    @WithDefault("PT1H")
    Duration timeToLive();

    /** Longest time of one call of the API server. */
    @WithDefault("PT5S")
    Duration requestTimeout();

    /** Where workers of a class may run, besides what holds for all. */
    interface Placement {
        /** Labels of nodes, each as {@code label=value}. */
        Optional<List<String>> nodeSelector();

        /** Taints, each as {@code key[=value][:effect]}. */
        Optional<List<String>> tolerations();
    }
}
