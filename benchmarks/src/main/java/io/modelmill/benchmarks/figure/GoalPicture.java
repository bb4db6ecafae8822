package io.modelmill.benchmarks.figure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** All figures that have a goal, side by side: how far each is from it. */
public final class GoalPicture {
    private static final int WIDTH = 1_200;
    private static final int HEIGHT = 700;
    private static final int DOWNWARDS = 45;
    /** What is further off is cut, so that the rest can be seen. */
    private static final double TALLEST = 3;

    private GoalPicture() {}

    /** Draws a PNG, in place of that of the last run; nothing if no figure has a goal to be drawn. */
    public static void write(Path file, String title, List<Figure> figures) throws IOException {
        List<String> names = new ArrayList<>();
        List<Double> good = new ArrayList<>();
        List<Double> bad = new ArrayList<>();
        for (Figure figure : figures) {
            String goal = figure.goal();
            if (goal == null || Goal.parse(goal).bound() == 0) {
                continue;
            }
            double share = Math.clamp(share(Goal.parse(goal), figure.value()), 0, TALLEST);
            boolean holds = Boolean.TRUE.equals(figure.holds());
            names.add(figure.name());
            good.add(holds ? share : 0);
            bad.add(holds ? 0 : share);
        }
        if (names.isEmpty()) {
            return;
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle("share of the goal; up to 1 holds")
                .build();
        chart.getStyler()
                .setOverlapped(true)
                .setXAxisLabelRotation(DOWNWARDS)
                .setYAxisMin(0.0)
                .setYAxisMax(TALLEST)
                .setLegendPosition(LegendPosition.InsideNE);
        chart.addSeries("holds", names, good);
        chart.addSeries("does not hold", names, bad);
        Files.createDirectories(file.toAbsolutePath().getParent());
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
    }

    /** 1 at the goal, less where it is better, whichever way that is; no number counts as far off. */
    static double share(Goal goal, double value) {
        double share = goal.most() ? value / goal.bound() : goal.bound() / value;
        return Double.isNaN(share) ? TALLEST : share;
    }
}
