package io.modelmill.worker.network;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How many steps of each row are real: those behind are padding, which may hold any finite numbers and must change no answer.
 * A row without any token counts as one step.
 */
final class Lengths {
    /** 64-bit integers {@code [batch]}, each at least 1. */
    private final Tensor counts;

    private Lengths(Tensor counts) {
        this.counts = counts;
    }

    /** Reads where the last token that is not 0 stands; empty if each row fills its steps. */
    static Optional<Lengths> of(Tensor tokens) {
        long steps = tokens.size(1);
        Tensor places = torch.arange(new Scalar(1), new Scalar(steps + 1));
        Tensor counts = tokens.ne(new Scalar(0)).mul(places).amax(new long[] {1}, false);
        counts = counts.clamp_min(new Scalar(1));
        return counts.amin().item_long() == steps ? Optional.empty() : Optional.of(new Lengths(counts));
    }

    Lengths slid(StepChange.Windows windows) {
        Tensor slid = counts.sub(new Scalar(windows.length())).floor_divide(new Scalar(windows.stride()));
        return new Lengths(slid.add(new Scalar(1)).clamp_min(new Scalar(1)));
    }

    /** 64-bit integers {@code [batch]}. */
    Tensor counts() {
        return counts;
    }

    /** Whether each step is real, {@code [batch, steps]}. */
    Tensor real(long steps) {
        return torch.arange(new Scalar(steps)).lt(counts.unsqueeze(1));
    }

    /** The same {@code [batch, steps, features]} with one value in all that is padding. */
    Tensor filled(Tensor input, double value) {
        Tensor padding = real(input.size(1)).logical_not().unsqueeze(2);
        return input.masked_fill(padding, new Scalar(value));
    }
}
