package io.modelmill.worker.input;

import java.util.HashSet;
import java.util.Set;

/** Names the graph's inputs like the columns of the data. */
public final class InputNames {
    /** What a graph calls its other inputs and its outputs. */
    private final Set<String> taken = new HashSet<>(Set.of(
            TableStage.FEATURES,
            TokenStage.INPUT_IDS,
            "attention_mask",
            "probabilities",
            "prediction",
            "reconstruction",
            "logits",
            "embedding",
            "output"));

    /** The column's name with {@code _} for all but letters, digits, {@code _} and {@code -}, and a number where it is taken. */
    public String of(String column) {
        String name = column.replaceAll("[^A-Za-z0-9_-]", "_");
        if (name.isEmpty() || !Character.isLetter(name.charAt(0))) {
            name = "column_" + name;
        }
        String free = name;
        for (int number = 2; !taken.add(free); number++) {
            free = name + "_" + number;
        }
        return free;
    }
}
