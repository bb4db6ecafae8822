package io.modelmill.benchmarks.machine;

import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which processors serve and which make the load, so that neither takes time from the other.
 *
 * @param server what is measured runs there: one processor
 * @param load the load generator's
 * @param unpinned why nothing is pinned; empty if it is
 */
public record Processors(List<Integer> server, List<Integer> load, Optional<String> unpinned) {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final List<Path> TASKSET = List.of(Path.of("/usr/bin/taskset"), Path.of("/bin/taskset"));

    public Processors {
        server = List.copyOf(server);
        load = List.copyOf(load);
    }

    /** Divides the processors that this process may use. */
    public static Processors detect() {
        try {
            List<Integer> allowed = Files.exists(STATUS) ? allowed(Files.readAllLines(STATUS)) : List.of();
            return divide(allowed, TASKSET.stream().anyMatch(Files::isExecutable));
        } catch (IOException e) {
            throw new FleetException(STATUS + " cannot be read: " + e.getMessage(), e);
        }
    }

    static Processors divide(List<Integer> allowed, boolean taskset) {
        if (allowed.isEmpty() || !taskset) {
            return new Processors(
                    allowed, allowed, Optional.of(taskset ? "this is no Linux" : "taskset (util-linux) is missing"));
        }
        if (allowed.size() == 1) {
            return new Processors(allowed, allowed, Optional.of("there is one processor"));
        }
        return new Processors(allowed.subList(0, 1), allowed.subList(1, allowed.size()), Optional.empty());
    }

    /** Reads the line of the kernel, such as {@code 0-3,8}. */
    static List<Integer> allowed(List<String> status) {
        List<Integer> processors = new ArrayList<>();
        for (String line : status) {
            if (line.startsWith(ALLOWED)) {
                for (String range : line.substring(ALLOWED.length()).strip().split(",", -1)) {
                    String[] ends = range.split("-", 2);
                    int last = Integer.parseInt(ends[ends.length - 1]);
                    for (int processor = Integer.parseInt(ends[0]); processor <= last; processor++) {
                        processors.add(processor);
                    }
                }
            }
        }
        return processors;
    }

    /** The command, made to run on the server's processor alone. */
    public List<String> onServer(List<String> command) {
        if (unpinned.isPresent()) {
            return command;
        }
        List<String> pinned = new ArrayList<>(List.of("taskset", "-c", list(server)));
        pinned.addAll(command);
        return pinned;
    }

    /**
     * Moves this process to the load's processors. Before anything counts processors, such as Netty: threads that exist
     * are moved, but what was sized for more stays so.
     */
    public void pinThisProcess() throws InterruptedException {
        if (unpinned.isPresent()) {
            return;
        }
        String pid = Long.toString(ProcessHandle.current().pid());
        try {
            Process taskset = new ProcessBuilder("taskset", "-a", "-c", "-p", list(load), pid)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (taskset.waitFor() != 0) {
                throw new FleetException("taskset refused to move this process to processors " + list(load));
            }
        } catch (IOException e) {
            throw new FleetException("taskset cannot be started: " + e.getMessage(), e);
        }
    }

    /** For people, such as {@code server on 0, load generator on 1}. */
    public String describe() {
        return unpinned.map(reason -> "NOT PINNED, for " + reason + ": server and load generator disturb each other")
                .orElseGet(() -> "server on processor " + list(server) + ", load generator on " + list(load));
    }

    private static String list(List<Integer> processors) {
        return processors.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
