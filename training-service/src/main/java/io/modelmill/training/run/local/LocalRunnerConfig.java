package io.modelmill.training.run.local;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Workers as child processes on this machine. */
@ConfigMapping(prefix = "modelmill.runner.local")
public interface LocalRunnerConfig {
    /** Folder with {@code training-worker.jar} and {@code lib/}. */
    @WithDefault("training-worker")
    Path workerDirectory();

    /** Class path of workers in place of that of the worker directory. */
    Optional<String> classPath();

    /** Main class of workers. */
    @WithDefault("io.modelmill.worker.WorkerMain")
    String mainClass();

    /**
     * Options of the workers' JVM. A worker's time goes into libtorch: with the serial collector and the quick compiler alone
     * it needs half the processor time for a small job.
     */
    @WithDefault("--enable-native-access=ALL-UNNAMED,--sun-misc-unsafe-memory-access=allow,"
            + "-XX:+UseSerialGC,-XX:TieredStopAtLevel=1")
    List<String> jvmOptions();

    /** Folders of attempts with the workers' logs, and what workers share. */
    @WithDefault("work")
    Path workDirectory();

    /** Most workers at a time, whatever they use; unset is no such bound. */
    OptionalInt maxWorkers();

    /** Processor cores for all workers together; unset is all that the machine has. */
    OptionalInt cores();

    /** Memory for all workers together; unset is three quarters of what the machine has. */
    Optional<MemorySize> memory();

    /**
     * Control group of version 2, a folder below /sys/fs/cgroup, that this service may make workers' groups in; unset is the
     * one that it is in itself. Where there is none, workers are asked to keep to their cores and memory and not made to.
     */
    Optional<Path> cgroup();

    /** Where workers reach this service, a gRPC target. */
    String trainingAddress();

    /**
     * Variables of this service's environment that workers get too. All others are kept from them, for they may hold
     * credentials.
     */
    @WithDefault("PATH,HOME,LANG,LC_ALL,TZ,TMPDIR,LD_LIBRARY_PATH,CUDA_VISIBLE_DEVICES,OTEL_EXPORTER_OTLP_ENDPOINT")
    List<String> environment();

    /** Time for a worker to end by itself after its attempt is over; then it is killed. */
    @WithDefault("PT5S")
    Duration exitGrace();
}
