package io.modelmill.worker.network;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The real steps of a batch as torch's recurrent functions read rows of several lengths: the rows in falling order of their
 * lengths, the first steps of all, then the second steps of those that have one, and so on.
 */
final class PackedSteps {
    private final Tensor values;
    private final Tensor batchSizes;
    private final Tensor order;
    /** Where each packed step stands among all, {@code steps * batch}. */
    private final Tensor places;

    private final long batch;
    private final long steps;

    private PackedSteps(Tensor values, Tensor batchSizes, Tensor order, Tensor places, long batch, long steps) {
        this.values = values;
        this.batchSizes = batchSizes;
        this.order = order;
        this.places = places;
        this.batch = batch;
        this.steps = steps;
    }

    /** @param input {@code [batch, steps, features]} */
    static PackedSteps of(Tensor input, Lengths lengths) {
        long batch = input.size(0);
        long steps = input.size(1);
        // Stable, so that the same rows give the same bits.
        Tensor order = torch.argsort(lengths.counts(), true, 0, true);
        Tensor real = lengths.real(steps).index_select(0, order).transpose(0, 1);
        Tensor places = real.flatten().nonzero().squeeze(1);
        Tensor values = input.index_select(0, order)
                .transpose(0, 1)
                .reshape(steps * batch, input.size(2))
                .index_select(0, places);
        long longest = lengths.counts().amax().item_long();
        Tensor batchSizes = real.sum(1).narrow(0, 0, longest);
        return new PackedSteps(values, batchSizes, order, places, batch, steps);
    }

    /** {@code [real steps, features]}. */
    Tensor values() {
        return values;
    }

    /** Rows that have a first, a second, a third step and so on; 64-bit integers, falling, none of them 0. */
    Tensor batchSizes() {
        return batchSizes;
    }

    /** Puts what was answered for each step back where the step was, and 0 elsewhere: {@code [batch, steps, width]}. */
    Tensor unpack(Tensor answered) {
        long width = answered.size(1);
        return torch.zeros(steps * batch, width)
                .index_copy(0, places, answered)
                .reshape(steps, batch, width)
                .transpose(0, 1)
                .index_select(0, torch.argsort(order));
    }

    /** Puts what was answered for each row, {@code [directions, batch, units]}, back into the rows' order. */
    Tensor unsort(Tensor answered) {
        return answered.index_select(1, torch.argsort(order));
    }
}
