package io.modelmill.fleet.client;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Shows a job while it runs: a bar on a terminal, a line now and then elsewhere. Keeps when it entered which state. */
public final class JobProgress implements JobListener {
    private static final int BAR = 30;
    /** Of the epochs, this many get a line of their own where there is no bar. */
    private static final int LINES = 6;
    /** Measures that say how training goes and not what came of it. */
    private static final Set<String> SPEEDS = Set.of("learning_rate", "rows_per_second");

    private final PrintWriter out;
    private final boolean terminal;
    private final Map<String, Instant> entered = new LinkedHashMap<>();
    private int told;
    private int drawn;

    /** @param terminal whether lines may be drawn over */
    public JobProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Time between the first entries into two states; zero if one was never entered. */
    public Duration between(String from, String to) {
        Instant begin = entered.get(from);
        Instant end = entered.get(to);
        return begin == null || end == null ? Duration.ZERO : Duration.between(begin, end);
    }

    @Override
    public void moved(Move move) {
        entered.putIfAbsent(move.to(), move.time());
        told = 0;
        closeBar();
        String reason = move.reason().isEmpty() ? "" : " (" + move.reason() + ")";
        out.println("  " + move.to().toLowerCase(Locale.ROOT) + reason);
        out.flush();
    }

    @Override
    public void advanced(Progress progress) {
        if (terminal) {
            int done = (int) Math.round(BAR * Math.min(1, share(progress)));
            String line = "  [" + "=".repeat(done) + " ".repeat(BAR - done) + "] " + line(progress);
            // Over all of a longer line before it.
            out.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
            drawn = line.length();
        } else if (progress.epoch() > told && isDue(progress)) {
            out.println("  " + line(progress));
            told = progress.epoch();
        }
        out.flush();
    }

    /** Whether it is the first, the last, or beyond another part of the epochs; not every epoch is told of. */
    private boolean isDue(Progress progress) {
        int part = Math.max(1, progress.epochs() / LINES);
        return told == 0 || progress.epoch() == progress.epochs() || progress.epoch() / part > told / part;
    }

    private static double share(Progress progress) {
        return progress.steps() > 0
                ? (double) progress.step() / progress.steps()
                : (double) progress.epoch() / Math.max(1, progress.epochs());
    }

    private static String line(Progress progress) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT, "epoch %3d/%d  %s", progress.epoch(), progress.epochs(), measures(progress)));
        if (progress.steps() > 0) {
            line.append(String.format(Locale.ROOT, ", step %,d/%,d", progress.step(), progress.steps()));
        }
        Double rate = progress.metrics().get("learning_rate");
        if (rate != null) {
            line.append(String.format(Locale.ROOT, ", learning rate %.3g", rate));
        }
        Double speed = progress.metrics().get("rows_per_second");
        if (speed != null) {
            line.append(String.format(Locale.ROOT, ", %,.0f rows/s", speed));
        }
        if (progress.remaining().isPositive()) {
            line.append(String.format(
                    Locale.ROOT, ", %,d s left", progress.remaining().toSeconds()));
        }
        return line.toString();
    }

    /** The loss first, then all else by its name. */
    private static String measures(Progress progress) {
        Map<String, Double> measures = new LinkedHashMap<>();
        Double loss = progress.metrics().get("loss");
        if (loss != null) {
            measures.put("loss", loss);
        }
        new TreeMap<>(progress.metrics()).forEach((name, value) -> {
            if (!SPEEDS.contains(name)) {
                measures.putIfAbsent(name, value);
            }
        });
        return measures.entrySet().stream()
                .map(measure -> String.format(Locale.ROOT, "%s %.4f", measure.getKey(), measure.getValue()))
                .collect(Collectors.joining(", "));
    }

    private void closeBar() {
        if (drawn > 0) {
            out.println();
            drawn = 0;
        }
    }
}
