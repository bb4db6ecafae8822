package io.modelmill.benchmarks.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Signals that Java has no name for. */
final class Signals {
    private Signals() {}

    /** Stops processes where they are; they know nothing of it. */
    static void stop(Collection<ProcessHandle> processes) {
        send("STOP", processes);
    }

    /** Lets stopped processes go on. */
    static void resume(Collection<ProcessHandle> processes) {
        send("CONT", processes);
    }

    private static void send(String signal, Collection<ProcessHandle> processes) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$@\" 2>/dev/null", "kill", signal));
        processes.stream().filter(ProcessHandle::isAlive).forEach(process -> command.add(Long.toString(process.pid())));
        if (command.size() == 5) {
            return;
        }
        try {
            // Those that have gone meanwhile make it fail, and that is no fault.
            new ProcessBuilder(command).inheritIO().start().onExit().join();
        } catch (IOException e) {
            throw new IllegalStateException("no shell to send signals with", e);
        }
    }
}
