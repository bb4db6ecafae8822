package io.modelmill.trainingspec.sweep;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a trial reached after each of its epochs.
 *
 * @param points by rising epoch
 */
public record Curve(List<Point> points) {
    public Curve {
        points = List.copyOf(points);
    }

    /** Epochs done; 0 before the first. */
    public int epochs() {
        return points.isEmpty() ? 0 : points.getLast().epoch();
    }

    /** What was reached after so many epochs, or soon after if nothing is known of that one; empty if it is not there yet. */
    public OptionalDouble after(int epochs) {
        return points.stream()
                .filter(point -> point.epoch() >= epochs)
                .mapToDouble(Point::value)
                .findFirst();
    }

    /** The best until then; NaN if nothing is known. */
    public double best(int epochs, Objective objective) {
        double best = Double.NaN;
        for (Point point : points) {
            if (point.epoch() <= epochs && objective.prefers(point.value(), best)) {
                best = point.value();
            }
        }
        return best;
    }

    /** The mean until then; NaN if nothing is known. */
    public double mean(int epochs) {
        return points.stream()
                .filter(point -> point.epoch() <= epochs)
                .mapToDouble(Point::value)
                .average()
                .orElse(Double.NaN);
    }

    /** The measure after an epoch. */
    public record Point(int epoch, double value) {}
}
