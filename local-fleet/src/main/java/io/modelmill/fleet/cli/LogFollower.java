package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.process.Poll;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Prints logs, each line with the name of its process if there are several. */
final class LogFollower {
    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final Map<String, LogFile> logs = new LinkedHashMap<>();
    private final PrintWriter out;
    private final int width;

    LogFollower(List<String> processes, FleetFolder folder, PrintWriter out) {
        processes.forEach(process -> logs.put(process, LogFile.of(folder.log(process))));
        this.out = out;
        this.width = processes.stream().mapToInt(String::length).max().orElse(0);
    }

    /** Leaves out what the logs hold already. */
    void skipToEnd() {
        print(0);
    }

    /** Prints at most so many of the last lines of each log. */
    void print(int most) {
        logs.replaceAll((process, log) -> {
            LogFile.Piece piece = log.read();
            List<String> lines = piece.lines();
            lines.subList(Math.max(0, lines.size() - most), lines.size()).forEach(line -> print(process, line));
            return piece.next();
        });
        out.flush();
    }

    /** Prints what is added, until the condition ends. */
    void followWhile(BooleanSupplier condition) {
        Poll.until(FOR_EVER, () -> {
            boolean last = !condition.getAsBoolean();
            print(Integer.MAX_VALUE);
            return last ? Optional.of(true) : Optional.empty();
        });
    }

    private void print(String process, String line) {
        if (logs.size() > 1) {
            out.printf("%-" + width + "s | ", process);
        }
        out.println(line);
    }
}
