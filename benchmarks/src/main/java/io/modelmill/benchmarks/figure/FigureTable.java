package io.modelmill.benchmarks.figure;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Figures as lines of text. */
public final class FigureTable {
    private static final String ROW = "  %-52s %12s %-6s %-10s %s%n";

    private FigureTable() {}

    /** Prints one line a figure, with its goal and whether it holds. */
    public static void print(PrintWriter out, List<Figure> figures) {
        for (Figure figure : figures) {
            Boolean holds = figure.holds();
            out.printf(
                    Locale.ROOT,
                    ROW,
                    figure.name(),
                    number(figure.value()),
                    figure.unit(),
                    figure.goal() == null ? "" : figure.goal(),
                    holds == null ? "" : holds ? "holds" : "DOES NOT HOLD");
        }
        out.flush();
    }

    /** Four significant digits at least, without an exponent. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f", value);
    }
}
