package io.modelmill.fleet.quickstart;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows a job while it runs: a bar on a terminal, a line now and then elsewhere. Keeps when it entered which state. */
final class JobProgress implements JobListener {
    private static final int BAR = 30;
    /** Of the epochs, this many get a line of their own where there is no bar. */
    private static final int LINES = 6;

    private final PrintWriter out;
    private final boolean terminal;
    private final Map<String, Instant> entered = new LinkedHashMap<>();
    private boolean barOpen;

    JobProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Time between the first entries into two states; zero if one was never entered. */
    Duration between(String from, String to) {
        Instant begin = entered.get(from);
        Instant end = entered.get(to);
        return begin == null || end == null ? Duration.ZERO : Duration.between(begin, end);
    }

    @Override
    public void moved(Move move) {
        entered.putIfAbsent(move.to(), move.time());
        closeBar();
        String reason = move.reason().isEmpty() ? "" : " (" + move.reason() + ")";
        out.println("  " + move.to().toLowerCase(Locale.ROOT) + reason);
        out.flush();
    }

    @Override
    public void trained(Epoch epoch) {
        String measures = epoch.metrics().entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.reverseOrder()))
                .map(measure -> String.format(Locale.ROOT, "%s %.4f", measure.getKey(), measure.getValue()))
                .collect(Collectors.joining(", "));
        String line = String.format(Locale.ROOT, "epoch %3d/%d  %s", epoch.number(), epoch.of(), measures);
        if (terminal) {
            int done = BAR * epoch.number() / Math.max(1, epoch.of());
            out.print("\r  [" + "=".repeat(done) + " ".repeat(BAR - done) + "] " + line);
            barOpen = true;
        } else if (epoch.number() == 1
                || epoch.number() == epoch.of()
                || epoch.number() % Math.max(1, epoch.of() / LINES) == 0) {
            out.println("  " + line);
        }
        out.flush();
    }

    private void closeBar() {
        if (barOpen) {
            out.println();
            barOpen = false;
        }
    }
}
