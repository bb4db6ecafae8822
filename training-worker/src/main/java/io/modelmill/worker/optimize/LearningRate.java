package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.optimization.Schedules;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.trainingspec.setting.Settings;
import io.modelmill.worker.failure.JobFailedException;
import java.util.stream.Collectors;

/**
 * The step size of each step. Warm-up comes first: step {@code s} of {@code w} has {@code s / w} of what the schedule says.
 * Cosine then takes all steps that are left for half a wave, which begins at the optimiser's rate and would reach the least one
 * with the step behind the last.
 */
public final class LearningRate {
    private final String type;
    private final Settings settings;
    private final double start;
    private final long warmup;
    private final long steps;
    private Plateau plateau;

    private LearningRate(String type, Settings settings, double start, long steps) {
        this.type = type;
        this.settings = settings;
        this.start = start;
        this.warmup = settings.get(Schedules.WARMUP_STEPS);
        this.steps = steps;
        this.plateau = new Plateau(Double.POSITIVE_INFINITY, 0, start);
    }

    /**
     * Makes one.
     *
     * @param start the optimiser's rate
     * @param steps of the whole training
     */
    public static LearningRate of(Choice schedule, double start, long steps) {
        Faults faults = Faults.ofSpec();
        Settings settings = Schedules.CATALOGUE
                .read(schedule, "a schedule", faults.below("schedule"))
                .orElseThrow(() -> new JobFailedException(
                        faults.found().stream().map(Fault::toString).collect(Collectors.joining("; "))));
        return new LearningRate(schedule.type(), settings, start, steps);
    }

    /**
     * The rate of a step.
     *
     * @param step since the start of training, from 1
     * @param epoch that it is of, from 1
     */
    public double of(long step, int epoch) {
        double scheduled = switch (type) {
            case "step" ->
                start * Math.pow(settings.get(Schedules.FACTOR), (epoch - 1) / settings.get(Schedules.EVERY_EPOCHS));
            case "cosine" -> cosine(step);
            case "on_plateau" -> plateau.rate;
            default -> start;
        };
        return step < warmup ? scheduled * step / warmup : scheduled;
    }

    private double cosine(long step) {
        double least = Math.min(start, settings.get(Schedules.MIN_LEARNING_RATE));
        long wave = Math.max(1, steps - warmup);
        double done = Math.clamp((step - 1 - warmup) / (double) wave, 0, 1);
        return least + (start - least) * (1 + Math.cos(Math.PI * done)) / 2;
    }

    /** Tells of an epoch's loss, on the validation rows where there are any. */
    public void epochEnded(double loss) {
        if (type.equals("on_plateau")) {
            plateau = plateau.after(
                    loss,
                    settings.get(Schedules.PATIENCE),
                    settings.get(Schedules.FACTOR),
                    settings.get(Schedules.MIN_LEARNING_RATE));
        }
    }

    /** What it carries from epoch to epoch. */
    public Plateau plateau() {
        return plateau;
    }

    /** Goes on from what was carried. */
    public void resume(Plateau carried) {
        plateau = carried;
    }

    /**
     * How long the loss has not got better.
     *
     * @param best least loss so far
     * @param epochs since then, or since the last change
     * @param rate that holds
     */
    public record Plateau(double best, long epochs, double rate) {
        private Plateau after(double loss, long patience, double factor, double least) {
            if (loss < best) {
                return new Plateau(loss, 0, rate);
            }
            return epochs + 1 < patience
                    ? new Plateau(best, epochs + 1, rate)
                    : new Plateau(best, 0, Math.max(rate * factor, Math.min(rate, least)));
        }
    }
}
