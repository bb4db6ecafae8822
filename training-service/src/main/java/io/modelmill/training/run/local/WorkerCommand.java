package io.modelmill.training.run.local;

import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobName;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.run.WorkerTokens;
import io.modelmill.training.run.WorkerVariables;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command line, environment and folders of a worker. */
@ApplicationScoped
public class WorkerCommand {
    private final LocalRunnerConfig config;
    private final RegistryConfig registry;
    private final WorkerTokens tokens;

    WorkerCommand(LocalRunnerConfig config, RegistryConfig registry, WorkerTokens tokens) {
        this.config = config;
        this.registry = registry;
        this.tokens = tokens;
    }

    /**
     * Prepares the worker of the job's current attempt, with its folders made and its output going to a log.
     *
     * @param granted what the worker may use: its threads are as many as its cores, its heap is a part of its memory
     * @throws IOException if the folders cannot be made, or if there is no worker to start
     */
    ProcessBuilder prepare(Job job, Resources granted, Optional<String> traceparent) throws IOException {
        if (config.classPath().isEmpty() && Files.notExists(workerJar())) {
            throw new NoSuchFileException("modelmill.runner.local.worker-directory: \"" + config.workerDirectory()
                    + "\" (expected: a folder with training-worker.jar)");
        }
        Path folder = folder(job);
        Path scratch = Files.createDirectories(scratch(folder));
        ProcessBuilder process = new ProcessBuilder(commandLine(granted))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("worker.log").toFile()));
        Map<String, String> environment = process.environment();
        environment.keySet().retainAll(config.environment());
        environment.putAll(
                WorkerVariables.of(job, config.trainingAddress(), registry.address(), scratch.toString(), traceparent));
        environment.put(WorkerVariables.ACCESS_TOKEN, tokens.sign(job.name()));
        return process;
    }

    /** Folder of the job's current attempt. */
    Path folder(Job job) {
        return folder(job.name(), job.attempt());
    }

    /** Folder of an attempt, which keeps its log. */
    Path folder(JobName name, int attempt) {
        return config.workDirectory()
                .toAbsolutePath()
                .resolve("jobs")
                .resolve(name.tenant())
                .resolve(name.job())
                .resolve("attempt-" + attempt);
    }

    /** What the worker may fill and what is deleted when it has ended. */
    static Path scratch(Path folder) {
        return folder.resolve("scratch");
    }

    private List<String> commandLine(Resources granted) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // First, so that the operator's own options win.
        command.add("-XX:ActiveProcessorCount=" + granted.cores());
        command.add("-XX:MaxRAM=" + granted.memoryBytes());
        command.addAll(config.jvmOptions());
        // Shared by all workers: unpacking the native libraries takes seconds.
        command.add("-Dorg.bytedeco.javacpp.cachedir="
                + config.workDirectory().toAbsolutePath().resolve("native-cache"));
        command.add("-cp");
        command.add(config.classPath().orElseGet(this::workerClassPath));
        command.add(config.mainClass());
        return command;
    }

    private String workerClassPath() {
        return workerJar()
                + File.pathSeparator
                + workerJar().resolveSibling("lib").resolve("*");
    }

    private Path workerJar() {
        return config.workerDirectory().toAbsolutePath().resolve("training-worker.jar");
    }
}
