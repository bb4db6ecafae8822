package io.modelmill.trainingspec.job;

import java.util.Arrays;
import java.util.Optional;

/** What a job makes a network learn. */
public enum Task {
    /** A class of each row. */
    CLASSIFICATION("classification"),
    /** A number of each row. */
    REGRESSION("regression"),
    /** Each row itself, through something narrower. */
    AUTOENCODING("autoencoding"),
    /** The token behind each token of a text. */
    LANGUAGE_MODELLING("language_modelling"),
    /** A token from its neighbour, so that tokens in like company get like vectors. */
    WORD_EMBEDDING("word_embedding"),
    /** Nothing: a version with int8 weights is made of one that there is. */
    QUANTIZATION("quantization");

    private final String specName;

    Task(String specName) {
        this.specName = specName;
    }

    /** What a job calls it. */
    public String specName() {
        return specName;
    }

    /** Finds a task by what a job calls it. */
    public static Optional<Task> find(String name) {
        return Arrays.stream(values())
                .filter(task -> task.specName.equals(name))
                .findFirst();
    }

    /** Whether rows have a label beside what is predicted from. */
    public boolean hasLabels() {
        return this == CLASSIFICATION || this == REGRESSION;
    }

    /** Whether what is predicted is one of several classes or tokens. */
    public boolean predictsClasses() {
        return this == CLASSIFICATION || this == LANGUAGE_MODELLING || this == WORD_EMBEDDING;
    }
}
