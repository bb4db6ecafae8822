package io.modelmill.worker.evaluate;

import io.modelmill.worker.network.TensorValues;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** Measures of predicted tokens; places without one do not count. */
final class TokenMeasures implements Measures {
    private static final int TOP = 5;

    private final long[] seen;
    private final boolean full;
    private long tokens;
    private long right;
    private long inTop;
    private double surprise;

    /** @param vocabulary tokens that there are */
    TokenMeasures(int vocabulary, boolean full) {
        this.seen = new long[vocabulary];
        this.full = full;
    }

    @Override
    public void add(Tensor output, Tensor target) {
        long width = output.size(-1);
        long[] wanted = TensorValues.longs(target);
        long counted = 0;
        for (long token : wanted) {
            if (token >= 0) {
                seen[(int) token]++;
                counted++;
            }
        }
        if (counted == 0) {
            return;
        }
        Tensor flatTarget = target.reshape(-1);
        Tensor isToken = flatTarget.ge(new org.bytedeco.pytorch.Scalar(0L));
        Tensor asked = flatTarget.masked_select(isToken);
        Tensor logits =
                output.reshape(-1, width).index_select(0, isToken.nonzero().reshape(-1));
        Tensor column = asked.unsqueeze(1);
        surprise -= logits.log_softmax(1)
                .gather(1, column)
                .to(org.bytedeco.pytorch.global.torch.ScalarType.Double)
                .sum()
                .item_double();
        right += logits.argmax(new LongOptional(1), false).eq(asked).sum().item_long();
        if (full) {
            Tensor higher = logits.gt(logits.gather(1, column)).sum(1);
            inTop +=
                    higher.lt(new org.bytedeco.pytorch.Scalar((long) TOP)).sum().item_long();
        }
        tokens += counted;
    }

    @Override
    public Map<String, Double> brief() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("perplexity", Math.exp(surprise / tokens));
        metrics.put("accuracy", (double) right / tokens);
        return metrics;
    }

    @Override
    public Map<String, Double> full() {
        Map<String, Double> metrics = brief();
        if (seen.length > TOP) {
            metrics.put("top_5_accuracy", (double) inTop / tokens);
        }
        return metrics;
    }

    @Override
    public Map<String, Double> baseline() {
        double entropy = 0;
        long commonest = 0;
        for (long count : seen) {
            if (count > 0) {
                entropy -= count * Math.log((double) count / tokens);
            }
            commonest = Math.max(commonest, count);
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("perplexity", Math.exp(entropy / tokens));
        metrics.put("accuracy", (double) commonest / tokens);
        return metrics;
    }

    @Override
    public String baselineAnswer() {
        return "the shares of the tokens among those measured, whatever stands before them";
    }

    @Override
    public Map<String, Object> details() {
        return Map.of("tokens", tokens);
    }
}
