package io.modelmill.worker.optimize;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * All parameters of a network as one tensor, of which each is a view, and likewise their gradients. An optimiser then takes a
 * handful of native calls for the whole network, and not as many for each of its parameters. Gradients are added to where they
 * are: {@link #clearGradients} before each pass back. It lives in the {@code PointerScope} in which it was made.
 */
public final class FlatParameters {
    /** Each parameter begins at a multiple of 64 bytes; what lies between stays 0. */
    private static final long ALIGNMENT = 16;

    private final Tensor values;
    private final Tensor gradients;
    private final List<Range> weights = new ArrayList<>();

    /** Moves parameters, leaves that are kept by their layers, into one tensor. */
    @SuppressWarnings("try") // The guard is on while it is open.
    public FlatParameters(List<Tensor> parameters) {
        List<Long> starts = new ArrayList<>();
        long size = 0;
        for (Tensor parameter : parameters) {
            starts.add(size);
            size += (parameter.numel() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        values = torch.zeros(size);
        gradients = torch.zeros(size);
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            for (int i = 0; i < parameters.size(); i++) {
                Tensor parameter = parameters.get(i);
                Tensor place = view(values, starts.get(i), parameter);
                place.copy_(parameter);
                parameter.set_data(place);
                parameter.mutable_grad().put(view(gradients, starts.get(i), parameter));
                if (parameter.dim() > 1) {
                    weights.add(new Range(starts.get(i), parameter.numel()));
                }
            }
        }
    }

    private static Tensor view(Tensor flat, long start, Tensor parameter) {
        return flat.narrow(0, start, parameter.numel()).view(parameter.shape());
    }

    /** The values {@code [size]}; what is written there is written into the network. */
    public Tensor values() {
        return values;
    }

    /** The gradients {@code [size]} of the last pass back. */
    public Tensor gradients() {
        return gradients;
    }

    /**
     * A new tensor that is 1 where a value is a weight and 0 where it is a bias, or a scale or shift of a normalisation: those have
     * one axis, weights have more.
     */
    Tensor weightMask() {
        Tensor mask = torch.zeros(values.numel());
        for (Range range : weights) {
            mask.narrow(0, range.start, range.length).fill_(new org.bytedeco.pytorch.Scalar(1.0));
        }
        return mask;
    }

    /** Sets all gradients to 0. */
    public void clearGradients() {
        gradients.zero_();
    }

    private record Range(long start, long length) {}
}
