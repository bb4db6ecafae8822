package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.optimization.Losses;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.input.Normalization;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * From a data set to what trains. It is read once, onto disk; then rows are dropped where they miss something or were there
 * before, divided, what the job learns from data is fitted on the rows that train, and of those the outliers are dropped.
 */
public final class DataPreparation {
    private final Task task;
    private final DataSpec spec;
    private final Cleaning cleaning;
    private final Splitting splitting;
    private final Normalization normalization;
    private final boolean oneHot;
    private final Inherited inherited;
    private final boolean comparesShares;

    private enum CategoryNumbers {
        ONE_HOT,
        ORDINAL
    }

    private DataPreparation(Task task, DataSpec spec, long seed, Inherited inherited, boolean comparesShares) {
        this.inherited = inherited;
        this.comparesShares = comparesShares;
        this.task = task;
        this.spec = spec;
        this.cleaning = Cleaning.of(spec.cleaning());
        this.splitting = Splitting.of(spec, seed);
        this.normalization = Choices.require(Normalization.class, "normalization", spec.normalization());
        this.oneHot =
                Choices.require(CategoryNumbers.class, "categories", spec.categories()) == CategoryNumbers.ONE_HOT;
        if (spec.text().isPresent() && normalization != Normalization.NONE) {
            throw Choices.refused("normalization", spec.normalization(), "none, for tokens");
        }
        if (spec.text().isPresent() && task == Task.AUTOENCODING) {
            throw Choices.refused("text", "set", "not set, for autoencoding");
        }
    }

    /**
     * Prepares what a job trains on.
     *
     * @param folder that is there, with room for the rows
     * @throws JobFailedException where the data or what the job asks of them cannot work, naming the place; values outside of 0
     *     to 1 among what binary cross-entropy would compare are of these
     * @throws io.modelmill.dataset.BadDataException where the files are not right
     */
    public static TrainingData prepare(TrainingSpec spec, RowSource source, Path folder) {
        Task task = Task.find(spec.task())
                .orElseThrow(() -> new JobFailedException("task: \"%s\" (expected: a task)".formatted(spec.task())));
        boolean comparesShares =
                task == Task.AUTOENCODING && spec.loss().type().equals(Losses.BINARY_CROSS_ENTROPY.name());
        return new DataPreparation(task, spec.data(), spec.seed(), Inherited.NOTHING, comparesShares)
                .prepare(source, folder);
    }

    /**
     * Prepares a data set, whatever shall be minimised on it.
     *
     * @param seed of the split
     * @param folder that is there, with room for the rows
     * @throws JobFailedException where the data or what the job asks of them cannot work, naming the place
     * @throws io.modelmill.dataset.BadDataException where the files are not right
     */
    public static TrainingData prepare(Task task, DataSpec spec, long seed, RowSource source, Path folder) {
        return prepare(task, spec, seed, source, Inherited.NOTHING, folder);
    }

    /**
     * Prepares a data set for a version that there is.
     *
     * @param inherited what it has fixed already
     */
    public static TrainingData prepare(
            Task task, DataSpec spec, long seed, RowSource source, Inherited inherited, Path folder) {
        return new DataPreparation(task, spec, seed, inherited, false).prepare(source, folder);
    }

    private TrainingData prepare(RowSource source, Path folder) {
        var files = new WorkFiles(folder);
        try {
            return prepare(source, files);
        } catch (RuntimeException | Error failure) {
            files.close();
            throw failure;
        }
    }

    private TrainingData prepare(RowSource source, WorkFiles files) {
        try (RowCursor cursor = source.open().get()) {
            Columns columns = Columns.of(cursor.columns(), task, spec, splitting);
            return switch (task) {
                case CLASSIFICATION -> rows(cursor, columns, source, new ClassLabels(columns, cleaning, files), files);
                case REGRESSION -> rows(cursor, columns, source, new NumberLabels(columns, cleaning, files), files);
                case AUTOENCODING -> rows(cursor, columns, source, Labels.NONE, files);
                case LANGUAGE_MODELLING ->
                    new WindowPreparation(text(), splitting, cleaning, inherited, files).prepare(cursor, columns);
                case WORD_EMBEDDING -> new PairPreparation(text(), splitting, cleaning, files).prepare(cursor, columns);
                case QUANTIZATION -> throw new IllegalArgumentException("quantization trains on nothing");
            };
        } catch (IOException e) {
            throw new UncheckedIOException("the data set cannot be closed", e);
        }
    }

    private DataSpec.Text text() {
        return spec.text().orElseThrow(() -> Choices.refused("text", "not set", "set, for task " + task.specName()));
    }

    private TrainingData rows(RowCursor cursor, Columns columns, RowSource source, Labels labels, WorkFiles files) {
        Features features = features(columns, source, files);
        var split = new SplitColumn(columns, splitting, cleaning, files);
        RowUses uses = read(cursor, split, features, labels, files);
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rows", uses.count());
        facts.put("dropped_missing_rows", uses.count(RowUse.DROPPED));
        if (cleaning.dropsDuplicates()) {
            List<Stored> stored = new ArrayList<>(features.stored());
            stored.addAll(labels.stored());
            facts.put("dropped_duplicate_rows", Duplicates.drop(stored, uses, files));
        }
        Division.requireRows(uses);
        Groups classes = labels.fit(uses);
        if (inherited.heldOut().isPresent()) {
            Division.holdOut(uses, inherited.heldOut().get());
        } else {
            Division.divide(uses, splitting, split, classes);
        }
        features.fit(uses);
        if (comparesShares) {
            new TargetRange(features, columns, source, normalization).require(uses);
        }
        facts.putAll(features.facts());
        Map<RowUse, Records> numbers = Division.numbers(uses, files);
        Records heldOut = Objects.requireNonNull(numbers.get(RowUse.HELD_OUT));
        return new PreparedRows(
                files,
                new LabelledRows(features, labels),
                labels.answers(uses),
                numbers,
                HeldOutRows.file(heldOut),
                facts);
    }

    private Features features(Columns columns, RowSource source, WorkFiles files) {
        if (spec.text().isPresent()) {
            return new SequenceFeatures(columns, spec.text().get(), cleaning, inherited, files);
        }
        int tensor = columns.tensor();
        return tensor >= 0
                ? new TensorFeatures(columns, tensor, cleaning, normalization, files)
                : new TableFeatures(columns, source, cleaning, normalization, oneHot, files);
    }

    private static RowUses read(
            RowCursor cursor, SplitColumn split, Features features, Labels labels, WorkFiles files) {
        RecordWriter uses = files.records("uses", 1);
        while (cursor.next()) {
            RowUse use = split.read(cursor);
            boolean whole = features.read(cursor);
            whole &= labels.read(cursor);
            uses.add(whole ? use.code() : RowUse.DROPPED.code());
        }
        features.finish();
        labels.finish();
        split.finish();
        return new RowUses(uses.finish());
    }
}
