package io.modelmill.trainingspec.job;

import java.util.List;
import java.util.Optional;

/**
 * How rows become tensors and which are held out, with defaults filled in.
 *
 * @param labelColumn column to predict; empty where the task has no labels
 * @param featureColumns columns to predict from; empty is every column with no other use
 * @param testFraction of the rows, held out for the final measure; 0 where the split holds out none, or those that the data tell
 * @param normalization {@code none}, {@code min_max}, {@code z_score} or {@code scale_255}
 * @param categories how texts of a table become numbers: {@code one_hot} or {@code ordinal}
 * @param text how a column of text becomes tokens, if one does
 */
public record DataSpec(
        String labelColumn,
        List<String> featureColumns,
        double testFraction,
        String normalization,
        Split split,
        Cleaning cleaning,
        String categories,
        Optional<Text> text) {
    /** Held out if the job says nothing. */
    public static final double DEFAULT_TEST_FRACTION = 0.2;

    public DataSpec {
        featureColumns = List.copyOf(featureColumns);
    }

    /** Whether all texts are one, split where it stands: where each token is predicted, or was by what is quantised. */
    boolean isRunningText(Task task) {
        return task == Task.LANGUAGE_MODELLING
                || task == Task.QUANTIZATION && text.isPresent() && labelColumn.isEmpty();
    }

    /**
     * Which rows train, validate and are held out.
     *
     * @param type {@code random}, {@code stratified}, {@code time}, {@code given} or {@code none}
     * @param validationFraction of the rows, measured after each epoch; for {@code given} taken at random from the training rows,
     *     where the data tell no validation rows
     * @param column to order by for {@code time}; of subsets for {@code given}, empty where the files tell; else empty
     */
    public record Split(String type, double validationFraction, String column) {
        public static final String STRATIFIED = "stratified";
        public static final String RANDOM = "random";
        public static final String TIME = "time";
        public static final String GIVEN = "given";
        public static final String NONE = "none";

        /** Whether a fraction of the rows is held out, and not what the data tell or nothing. */
        public boolean holdsOutFraction() {
            return !type.equals(GIVEN) && !type.equals(NONE);
        }
    }

    /**
     * What happens to rows that are not right.
     *
     * @param missing of numbers: {@code refuse}, {@code drop}, {@code mean}, {@code median} or {@code constant}
     * @param constant what replaces a missing number with {@code constant}
     * @param duplicates {@code keep} or {@code drop}
     * @param outliers {@code keep}, {@code drop} or {@code clip}
     * @param outlierDeviations how far from the mean an outlier is, in standard deviations
     */
    public record Cleaning(
            String missing, double constant, String duplicates, String outliers, double outlierDeviations) {
        /** Nothing is dropped or replaced; a missing value is refused. */
        public static final Cleaning NONE = new Cleaning("refuse", 0, "keep", "keep", 4);
    }

    /**
     * How a column of text becomes tokens.
     *
     * @param tokens {@code character} or {@code word}
     * @param vocabularySize most tokens, those that are not of the text among them
     * @param maxLength tokens of a row at most
     * @param lowercase whether letters are made lower case
     * @param window tokens before and after a word that are its context
     */
    public record Text(
            String column, String tokens, int vocabularySize, int maxLength, boolean lowercase, int window) {}
}
