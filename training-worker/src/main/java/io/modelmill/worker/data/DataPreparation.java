package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.input.Normalization;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RandomSplit;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.split.TimeSplit;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    private final Map<String, Object> facts = new LinkedHashMap<>();

    private enum CategoryNumbers {
        ONE_HOT,
        ORDINAL
    }

    private DataPreparation(Task task, DataSpec spec, long seed) {
        this.task = task;
        this.spec = spec;
        this.cleaning = Cleaning.of(spec.cleaning());
        this.splitting = Splitting.of(spec, seed);
        this.normalization = Choices.require(Normalization.class, "normalization", spec.normalization());
        this.oneHot =
                Choices.require(CategoryNumbers.class, "categories", spec.categories()) == CategoryNumbers.ONE_HOT;
    }

    /**
     * Prepares a data set.
     *
     * @param seed of the split
     * @param folder that is there, with room for the rows
     * @throws JobFailedException where the data or what the job asks of them cannot work, naming the place
     * @throws io.modelmill.dataset.BadDataException where the files are not right
     */
    public static TrainingData prepare(Task task, DataSpec spec, long seed, RowSource source, Path folder) {
        var preparation = new DataPreparation(task, spec, seed);
        var files = new WorkFiles(folder);
        try {
            return preparation.prepare(source, files);
        } catch (RuntimeException | Error failure) {
            files.close();
            throw failure;
        }
    }

    private TrainingData prepare(RowSource source, WorkFiles files) {
        try (RowCursor cursor = source.open().get()) {
            Columns columns = Columns.of(cursor.columns(), task, spec, splitting);
            Features features = features(columns, source, files);
            Labels labels = labels(columns, files);
            return rows(cursor, columns, features, labels, files);
        } catch (IOException e) {
            throw new UncheckedIOException("the data set cannot be closed", e);
        }
    }

    private Features features(Columns columns, RowSource source, WorkFiles files) {
        return new TableFeatures(columns, source, cleaning, normalization, oneHot, files);
    }

    private Labels labels(Columns columns, WorkFiles files) {
        return switch (task) {
            case CLASSIFICATION -> new ClassLabels(columns, cleaning, files);
            case REGRESSION -> new NumberLabels(columns, cleaning, files);
            case AUTOENCODING -> Labels.NONE;
            case LANGUAGE_MODELLING, WORD_EMBEDDING, QUANTIZATION ->
                throw new IllegalArgumentException("no rows with labels: " + task);
        };
    }

    private TrainingData rows(RowCursor cursor, Columns columns, Features features, Labels labels, WorkFiles files) {
        var split = new SplitColumn(columns, splitting, cleaning, files);
        RowUses uses = read(cursor, split, features, labels, files);
        facts.put("rows", uses.count());
        facts.put("dropped_missing_rows", uses.count(RowUse.DROPPED));
        if (cleaning.dropsDuplicates()) {
            List<Stored> stored = new ArrayList<>(features.stored());
            stored.addAll(labels.stored());
            facts.put("dropped_duplicate_rows", Duplicates.drop(stored, uses, files));
        }
        requireRows(uses);
        Groups classes = labels.fit(uses);
        divide(uses, split, splitting.type() == Splitting.Type.RANDOM ? Groups.ONE : classes);
        features.fit(uses);
        facts.putAll(features.facts());
        facts.put("training_rows", uses.count(RowUse.TRAINING));
        facts.put("validation_rows", uses.count(RowUse.VALIDATION));
        facts.put("held_out_rows", uses.count(RowUse.HELD_OUT));
        return new PreparedRows(files, features, labels, uses, Collections.unmodifiableMap(facts));
    }

    private void requireRows(RowUses uses) {
        if (uses.count(RowUse.DROPPED) == uses.count()) {
            throw new JobFailedException("all %d row(s) of the data set were dropped (expected: at least 1 left; %s)"
                    .formatted(uses.count(), "data.cleaning says which are dropped"));
        }
    }

    private void divide(RowUses uses, SplitColumn split, Groups groups) {
        switch (splitting.type()) {
            case STRATIFIED, RANDOM ->
                RandomSplit.holdOut(uses, groups, splitting.heldOut(), splitting.validation(), splitting.seed());
            case TIME -> TimeSplit.holdOut(uses, split.times(), splitting.heldOut(), splitting.validation());
            case GIVEN -> validateGiven(uses, groups);
            case NONE -> {}
        }
    }

    private void validateGiven(RowUses uses, Groups groups) {
        for (RowUse use : new RowUse[] {RowUse.TRAINING, RowUse.HELD_OUT}) {
            if (uses.count(use) == 0) {
                throw new JobFailedException("the data set has no row of subset %s (expected: at least 1, for %s)"
                        .formatted(use == RowUse.TRAINING ? "train" : "test", "data.split.type given"));
            }
        }
        if (splitting.validation() > 0) {
            if (uses.count(RowUse.VALIDATION) > 0) {
                throw Choices.refused(
                        "split.validation_fraction",
                        splitting.validation(),
                        "0, for the data set has %d rows of subset validation"
                                .formatted(uses.count(RowUse.VALIDATION)));
            }
            RandomSplit.validate(uses, groups, splitting.validation(), splitting.seed());
        }
    }

    private RowUses read(RowCursor cursor, SplitColumn split, Features features, Labels labels, WorkFiles files) {
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
