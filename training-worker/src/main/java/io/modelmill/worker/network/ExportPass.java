package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Optional;

/** What {@link Pass} is, for the graph that is exported. */
public final class ExportPass {
    private static final ExportPass PLAIN = new ExportPass(Optional.empty());

    private final Optional<ExportedLengths> lengths;

    private ExportPass(Optional<ExportedLengths> lengths) {
        this.lengths = lengths;
    }

    /** For rows without padding. */
    public static ExportPass plain() {
        return PLAIN;
    }

    /**
     * For rows of tokens with 0 behind their end, which the graph finds itself.
     *
     * @param tokens name of 64-bit integers {@code [batch, steps]}
     */
    static ExportPass ofTokens(OnnxGraph graph, String tokens) {
        return new ExportPass(Optional.of(ExportedLengths.of(graph, tokens)));
    }

    /** How long the rows are; empty where none is padded. */
    Optional<ExportedLengths> lengths() {
        return lengths;
    }

    /** What holds for the next layer. */
    ExportPass behind(Layer layer) {
        if (lengths.isEmpty()) {
            return this;
        }
        return switch (layer.steps()) {
            case StepChange.Kept kept -> this;
            case StepChange.Gone gone -> PLAIN;
            case StepChange.Windows windows -> new ExportPass(lengths.map(before -> before.slid(windows)));
        };
    }
}
