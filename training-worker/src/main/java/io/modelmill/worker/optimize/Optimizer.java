package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.trainingspec.setting.Settings;
import io.modelmill.worker.failure.JobFailedException;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/**
 * Moves parameters against their gradients, by the formulas of torch's optimisers of the same names. It lives in the {@code
 * PointerScope} in which it was made; gradients must not be recorded while it steps.
 */
public interface Optimizer {
    /**
     * Makes one, its state at 0.
     *
     * @throws JobFailedException when there is no such optimiser or a setting is wrong
     */
    static Optimizer of(Choice choice, FlatParameters parameters) {
        Settings settings = settings(choice);
        return switch (choice.type()) {
            case "sgd" -> new Sgd(settings, parameters);
            case "adagrad" -> new Adagrad(settings, parameters);
            case "rmsprop" -> new RmsProp(settings, parameters);
            case "adam" -> new Adam(settings, parameters, false);
            case "adamw" -> new Adam(settings, parameters, true);
            default -> throw new IllegalArgumentException("no optimizer " + choice.type());
        };
    }

    /** The settings that hold. */
    static Settings settings(Choice choice) {
        Faults faults = Faults.ofSpec();
        return Optimizers.CATALOGUE
                .read(choice, "an optimizer", faults.below("optimizer"))
                .orElseThrow(() -> new JobFailedException(
                        faults.found().stream().map(Fault::toString).collect(Collectors.joining("; "))));
    }

    /**
     * Takes one step. What the gradients are then is nothing to rely on.
     *
     * @param step which it is since the start of training, from 1
     */
    void step(double learningRate, long step);

    /** What it carries from step to step beside the number of the step, each as long as the parameters, always in one order. */
    List<Tensor> state();
}
