package io.modelmill.benchmarks.machine;

import io.modelmill.fleet.installation.FleetException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process that this one started and stops. It is spoken to line by line: orders on its standard input, answers on its
 * standard output; a process that reads sees the end of its input if this one dies without stopping it.
 */
public final class ChildProcess implements AutoCloseable {
    private static final long STOP_SECONDS = 15;
    private static final int LAST_LINES = 20;

    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts a process that answers orders; what it says on standard error goes to the log. */
    public static ChildProcess talking(String name, List<String> command, Path log) {
        return talking(name, command, Map.of(), log);
    }

    /** The same, with variables beside those of this process. */
    public static ChildProcess talking(String name, List<String> command, Map<String, String> variables, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
        builder.environment().putAll(variables);
        return start(name, builder, log);
    }

    /** Starts a process that only runs; all that it says goes to the log. */
    public static ChildProcess silent(String name, List<String> command, Path log) {
        return start(name, new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()), log);
    }

    private static ChildProcess start(String name, ProcessBuilder builder, Path log) {
        try {
            return new ChildProcess(name, builder.start(), log);
        } catch (IOException e) {
            throw new FleetException(name + " cannot be started: " + e.getMessage(), e);
        }
    }

    /** What the process uses. */
    public ProcessUsage usage() {
        return ProcessUsage.of(process.pid());
    }

    /** Gives an order and waits for the line that answers it. */
    public String ask(String order) {
        BufferedWriter orders = process.outputWriter(StandardCharsets.UTF_8);
        try {
            orders.write(order);
            orders.newLine();
            orders.flush();
            return hear();
        } catch (IOException e) {
            throw new FleetException(name + " has ended: " + lastWords(), e);
        }
    }

    /** Waits for the next line. */
    public String hear() {
        BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
        try {
            String line = answers.readLine();
            if (line == null) {
                throw new FleetException(name + " has ended: " + lastWords());
            }
            return line;
        } catch (IOException e) {
            throw new FleetException(name + " has ended: " + lastWords(), e);
        }
    }

    /** Throws with the end of its log if the process has ended. */
    public void requireAlive() {
        if (!process.isAlive()) {
            throw new FleetException(name + " has ended with " + process.exitValue() + ": " + lastWords());
        }
    }

    /** The end of its log. */
    public String lastWords() {
        if (!Files.exists(log)) {
            return "its log is gone";
        }
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks the process to end and ends it if it does not. */
    @Override
    public void close() {
        process.destroy();
        boolean interrupted = false;
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
