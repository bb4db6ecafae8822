package io.modelmill.worker.objective;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** How what a network answers becomes what the model answers. */
enum AnswerForm {
    /** A probability for each class, from a logit for each. */
    PROBABILITIES("probabilities") {
        @Override
        Tensor answer(Tensor output) {
            return torch.softmax(output, -1);
        }

        @Override
        String export(OnnxGraph graph, String output, Shape shape) {
            return graph.node("Softmax", Map.of("axis", (long) shape.rank()), output);
        }
    },
    /** A probability for each of two classes, from one logit for the second. */
    TWO_PROBABILITIES("probabilities") {
        @Override
        Tensor answer(Tensor output) {
            return torch.cat(new TensorVector(output.neg(), output), 1).sigmoid();
        }

        @Override
        String export(OnnxGraph graph, String output, Shape shape) {
            String both = graph.node("Concat", Map.of("axis", 1L), graph.node("Neg", output), output);
            return graph.node("Sigmoid", both);
        }
    },
    NUMBER("prediction"),
    /** The network's input, normalised as it was. */
    RECONSTRUCTION("reconstruction"),
    /** The same of values from 0 to 1, from logits. */
    SQUASHED_RECONSTRUCTION("reconstruction") {
        @Override
        Tensor answer(Tensor output) {
            return output.sigmoid();
        }

        @Override
        String export(OnnxGraph graph, String output, Shape shape) {
            return graph.node("Sigmoid", output);
        }
    },
    /** A logit for each token: their softmax would be most of the work of a step, and who samples divides them first. */
    LOGITS("logits"),
    /** Vectors of tokens, which the network's first layer makes. */
    VECTORS("embedding");

    private final String outputName;

    AnswerForm(String outputName) {
        this.outputName = outputName;
    }

    String outputName() {
        return outputName;
    }

    Tensor answer(Tensor output) {
        return output;
    }

    /** @param shape of the network's output for each row */
    String export(OnnxGraph graph, String output, Shape shape) {
        return output;
    }

    /** Logits of two classes with the same softmax as one logit's sigmoid. */
    static Tensor twoLogits(Tensor output) {
        return torch.cat(new TensorVector(torch.zeros_like(output), output), 1);
    }
}
