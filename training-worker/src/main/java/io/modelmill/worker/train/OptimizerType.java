package io.modelmill.worker.train;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.plan.OptimizerPlan;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.TensorVector;

/** The catalogue of optimisers. */
public enum OptimizerType {
    SGD("sgd") {
        @Override
        Optimizer create(TensorVector parameters, OptimizerPlan plan) {
            SGDOptions options = new SGDOptions(plan.learningRate());
            options.momentum().put(plan.momentum());
            options.weight_decay().put(plan.weightDecay());
            return new SGD(parameters, options);
        }
    },
    ADAM("adam") {
        @Override
        Optimizer create(TensorVector parameters, OptimizerPlan plan) {
            AdamOptions options = new AdamOptions(plan.learningRate());
            options.weight_decay().put(plan.weightDecay());
            return new Adam(parameters, options);
        }
    },
    ADAMW("adamw") {
        @Override
        Optimizer create(TensorVector parameters, OptimizerPlan plan) {
            AdamWOptions options = new AdamWOptions(plan.learningRate());
            options.weight_decay().put(plan.weightDecay());
            return new AdamW(parameters, options);
        }
    };

    private final String planName;

    OptimizerType(String planName) {
        this.planName = planName;
    }

    /** What a job calls it. */
    public String planName() {
        return planName;
    }

    /** Makes the optimiser in the caller's scope. */
    abstract Optimizer create(TensorVector parameters, OptimizerPlan plan);

    static OptimizerType require(String name) {
        return Arrays.stream(values())
                .filter(type -> type.planName.equals(name))
                .findFirst()
                .orElseThrow(() -> new JobFailedException("optimizer.type: `%s` (expected: %s)"
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .map(OptimizerType::planName)
                                        .collect(Collectors.joining(", ")))));
    }
}
