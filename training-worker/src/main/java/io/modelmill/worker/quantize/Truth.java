package io.modelmill.worker.quantize;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.rows.Answers;
import java.util.List;

/** What answers are held against, beside the parent's. */
sealed interface Truth {
    /**
     * Classes.
     *
     * @param parentIndex the parent's index of each class of the data
     * @param count the parent's classes
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, never changed after construction.
    record Classes(int[] parentIndex, int count) implements Truth {}

    /** A number of each row. */
    record Numbers() implements Truth {}

    /** Nothing: the parent's answers are all that there is. */
    record None() implements Truth {}

    /**
     * What the rows tell.
     *
     * @param labels the parent's classes
     * @throws JobFailedException when the rows have a class that the parent does not have
     */
    static Truth of(Answers answers, List<String> labels) {
        return switch (answers) {
            case Answers.Classes classes -> {
                int[] index =
                        classes.labels().stream().mapToInt(labels::indexOf).toArray();
                for (int i = 0; i < index.length; i++) {
                    if (index[i] < 0) {
                        throw new JobFailedException(
                                "data.label_column: the class \"%s\" (expected: one of the parent's, %s)"
                                        .formatted(classes.labels().get(i), labels));
                    }
                }
                yield new Classes(index, labels.size());
            }
            case Answers.Number number -> new Numbers();
            case Answers.Itself itself -> new None();
            case Answers.NextToken token -> new None();
            case Answers.Neighbour token -> new None();
        };
    }
}
