package io.modelmill.inference.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a version wants to be served. What it leaves open is measured at its load or taken from this replica's configuration.
 *
 * @param batching bounds of its batches
 * @param padding how inputs of different length share a batch; empty: they never do
 * @param pipeline what happens before and after the graph
 * @param instances sessions of it on a CUDA device
 * @param memoryHintBytes what it is expected to need when loaded
 * @param device {@code cpu}, {@code cuda} or {@code cuda:N} with CUDA's number of the device; empty: any
 */
public record ServingSpec(
        Batching batching,
        Optional<Padding> padding,
        Optional<Pipeline> pipeline,
        OptionalInt instances,
        OptionalLong memoryHintBytes,
        Optional<String> device) {
    /** Nothing is asked for. */
    public static final ServingSpec DEFAULT = new ServingSpec(
            Batching.MEASURED, Optional.empty(), Optional.empty(), OptionalInt.empty(), OptionalLong.empty());

    /** For any device. */
    public ServingSpec(
            Batching batching,
            Optional<Padding> padding,
            Optional<Pipeline> pipeline,
            OptionalInt instances,
            OptionalLong memoryHintBytes) {
        this(batching, padding, pipeline, instances, memoryHintBytes, Optional.empty());
    }

    /** This one, except where the other says something. */
    public ServingSpec overriddenBy(ServingSpec other) {
        return new ServingSpec(
                batching.overriddenBy(other.batching),
                other.padding.or(() -> padding),
                other.pipeline.or(() -> pipeline),
                other.instances.isPresent() ? other.instances : instances,
                other.memoryHintBytes.isPresent() ? other.memoryHintBytes : memoryHintBytes,
                other.device.or(() -> device));
    }

    /**
     * Bounds of batches.
     *
     * @param maxBatchSize most rows of one run; 1 switches batching off, empty leaves it to what is measured at the load
     * @param maxQueueDelay how long a request may wait for others while a run could begin
     * @param preferredSizes rows at which a batch begins without waiting further, ascending
     */
    public record Batching(OptionalInt maxBatchSize, Duration maxQueueDelay, List<Integer> preferredSizes) {
        /** Batches of what waits anyway, as large as is measured to gain. */
        public static final Batching MEASURED = new Batching(OptionalInt.empty(), Duration.ZERO, List.of());

        public Batching {
            preferredSizes = List.copyOf(preferredSizes);
        }

        /** Preferred sizes above a lower bound of the other's are left out. */
        private Batching overriddenBy(Batching other) {
            OptionalInt most = other.maxBatchSize.isPresent() ? other.maxBatchSize : maxBatchSize;
            List<Integer> sizes = other.preferredSizes.isEmpty() ? preferredSizes : other.preferredSizes;
            return new Batching(
                    most,
                    other.maxQueueDelay.isZero() ? maxQueueDelay : other.maxQueueDelay,
                    sizes.stream()
                            .filter(size -> most.isEmpty() || size <= most.getAsInt())
                            .toList());
        }
    }

    /**
     * Lengthens inputs to the next bucket, so that requests of different length run together.
     *
     * @param axis of variable length, not the first
     * @param buckets lengths, ascending; longer inputs are not padded
     * @param inputs value that fills up each input that has the axis; the mask is among them, filled with 0
     * @param outputs names of the outputs that have the axis too and are cut to the caller's length
     */
    public record Padding(int axis, List<Integer> buckets, Map<String, Double> inputs, List<String> outputs) {
        public Padding {
            buckets = List.copyOf(buckets);
            inputs = Map.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /**
     * Text in, embedding or the graph's own answer out.
     *
     * @param tokenizer path of the version's tokenizer.json
     * @param maxTokens longer texts are cut
     * @param output the graph's output: [rows, tokens, width] that is pooled, or numbers for each row that are answered as
     *     they are
     * @param pooling over the tokens
     * @param normalize to a length of 1
     */
    public record Pipeline(String tokenizer, int maxTokens, String output, Pooling pooling, boolean normalize) {}

    /** What becomes of a text's token vectors. */
    public enum Pooling {
        /** Mean of the tokens that the mask keeps. */
        MEAN,
        /** The first token's. */
        CLS,
        /** None: the output is the answer. */
        NONE
    }
}
