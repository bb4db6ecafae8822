package io.modelmill.trainingspec.job;

import java.util.Optional;

/** Between the API's description of data and a spec's. */
final class DataSpecProtoMapper {
    static final int DEFAULT_VOCABULARY = 10_000;
    static final int DEFAULT_MAX_LENGTH = 128;
    static final int DEFAULT_WINDOW = 4;

    private DataSpecProtoMapper() {}

    /** What a job says, with defaults filled in; nothing is checked. */
    static DataSpec data(io.modelmill.proto.training.v1.DataSpec message, String task) {
        DataSpec.Split split = split(message.getSplit(), defaultSplit(message, task));
        return new DataSpec(
                message.getLabelColumn(),
                message.getFeatureColumnsList(),
                message.getTestFraction() == 0 && split.holdsOutFraction()
                        ? DataSpec.DEFAULT_TEST_FRACTION
                        : message.getTestFraction(),
                orElse(message.getNormalization(), "none"),
                split,
                cleaning(message.getCleaning()),
                orElse(message.getCategories(), "one_hot"),
                message.hasText() ? Optional.of(text(message.getText(), task)) : Optional.empty());
    }

    private static DataSpec.Split split(io.modelmill.proto.training.v1.Split message, String defaultSplit) {
        return new DataSpec.Split(
                orElse(message.getType(), defaultSplit), message.getValidationFraction(), message.getColumn());
    }

    private static String defaultSplit(io.modelmill.proto.training.v1.DataSpec message, String task) {
        if (task.equals(Task.CLASSIFICATION.specName())) {
            return DataSpec.Split.STRATIFIED;
        }
        boolean quantizedText = task.equals(Task.QUANTIZATION.specName())
                && message.hasText()
                && message.getLabelColumn().isEmpty();
        return task.equals(Task.LANGUAGE_MODELLING.specName()) || quantizedText
                ? DataSpec.Split.TIME
                : DataSpec.Split.RANDOM;
    }

    private static DataSpec.Cleaning cleaning(io.modelmill.proto.training.v1.Cleaning message) {
        DataSpec.Cleaning none = DataSpec.Cleaning.NONE;
        return new DataSpec.Cleaning(
                orElse(message.getMissing(), none.missing()),
                message.getConstant(),
                orElse(message.getDuplicates(), none.duplicates()),
                orElse(message.getOutliers(), none.outliers()),
                message.getOutlierDeviations() == 0 ? none.outlierDeviations() : message.getOutlierDeviations());
    }

    private static DataSpec.Text text(io.modelmill.proto.training.v1.Text message, String task) {
        boolean windows = task.equals(Task.WORD_EMBEDDING.specName());
        return new DataSpec.Text(
                message.getColumn(),
                message.getTokens(),
                orElse(message.getVocabularySize(), DEFAULT_VOCABULARY),
                orElse(message.getMaxLength(), DEFAULT_MAX_LENGTH),
                message.getLowercase(),
                windows ? orElse(message.getWindow(), DEFAULT_WINDOW) : message.getWindow());
    }

    static io.modelmill.proto.training.v1.DataSpec message(DataSpec data) {
        io.modelmill.proto.training.v1.DataSpec.Builder message = io.modelmill.proto.training.v1.DataSpec.newBuilder()
                .setLabelColumn(data.labelColumn())
                .addAllFeatureColumns(data.featureColumns())
                .setTestFraction(data.testFraction())
                .setNormalization(data.normalization())
                .setCategories(data.categories());
        message.getSplitBuilder()
                .setType(data.split().type())
                .setValidationFraction(data.split().validationFraction())
                .setColumn(data.split().column());
        message.getCleaningBuilder()
                .setMissing(data.cleaning().missing())
                .setConstant(data.cleaning().constant())
                .setDuplicates(data.cleaning().duplicates())
                .setOutliers(data.cleaning().outliers())
                .setOutlierDeviations(data.cleaning().outlierDeviations());
        data.text()
                .ifPresent(text -> message.getTextBuilder()
                        .setColumn(text.column())
                        .setTokens(text.tokens())
                        .setVocabularySize(text.vocabularySize())
                        .setMaxLength(text.maxLength())
                        .setLowercase(text.lowercase())
                        .setWindow(text.window()));
        return message.build();
    }

    private static String orElse(String given, String fallback) {
        return given.isEmpty() ? fallback : given;
    }

    private static int orElse(int given, int fallback) {
        return given == 0 ? fallback : given;
    }
}
