package io.modelmill.worker.rows;

import java.util.List;

/** What the network learns to answer, and what the target of a {@link Batch} is. */
public sealed interface Answers {
    /**
     * One of several classes; the target is their indices, 64-bit integers [rows].
     *
     * @param labels names by index
     * @param counts training rows of each
     */
    record Classes(List<String> labels, List<Long> counts) implements Answers {
        public Classes {
            labels = List.copyOf(labels);
            counts = List.copyOf(counts);
        }
    }

    /** A number; the target is 32-bit floats [rows, 1]. */
    record Number() implements Answers {}

    /** What the network's first layer takes; there is no other target. */
    record Itself() implements Answers {}

    /**
     * The token behind each; the target is 64-bit integers [rows, steps], -100 where there is none.
     *
     * @param vocabulary texts of tokens by index
     */
    record NextToken(List<String> vocabulary) implements Answers {
        public NextToken {
            vocabulary = List.copyOf(vocabulary);
        }
    }

    /**
     * A token near each; the target is 64-bit integers [pairs], and the batch has a row for each pair.
     *
     * @param vocabulary texts of tokens by index
     */
    record Neighbour(List<String> vocabulary) implements Answers {
        public Neighbour {
            vocabulary = List.copyOf(vocabulary);
        }
    }
}
