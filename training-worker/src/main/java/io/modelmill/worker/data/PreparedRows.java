package io.modelmill.worker.data;

import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Rows that are ready to train. */
final class PreparedRows implements TrainingData {
    private final WorkFiles work;
    private final FittedRows rows;
    private final Answers answers;
    private final Map<RowUse, Records> numbers;
    private final int blockSize;
    private final Map<String, byte[]> files;
    private final Map<String, Object> facts;

    /**
     * Takes all that there is.
     *
     * @param numbers of the rows of each use among all
     * @param files beside those of the rows
     */
    PreparedRows(
            WorkFiles work,
            FittedRows rows,
            Answers answers,
            Map<RowUse, Records> numbers,
            Map<String, byte[]> files,
            Map<String, Object> facts) {
        this.work = work;
        this.rows = rows;
        this.answers = answers;
        this.numbers = Map.copyOf(numbers);
        this.blockSize = BlockSizes.of(
                work.size(), numbers.values().stream().mapToLong(Records::count).sum());
        this.files = new LinkedHashMap<>(rows.files());
        this.files.putAll(files);
        this.facts = new LinkedHashMap<>(facts);
        this.facts.put("training_rows", of(RowUse.TRAINING).count());
        this.facts.put("validation_rows", of(RowUse.VALIDATION).count());
        this.facts.put("held_out_rows", of(RowUse.HELD_OUT).count());
    }

    @Override
    public Answers answers() {
        return answers;
    }

    @Override
    public InputStage inputStage() {
        return rows.stage();
    }

    @Override
    public RowSet training() {
        return of(RowUse.TRAINING);
    }

    @Override
    public RowSet validation() {
        return of(RowUse.VALIDATION);
    }

    @Override
    public RowSet heldOut() {
        return of(RowUse.HELD_OUT);
    }

    private RowSet of(RowUse use) {
        return new StoredRows(rows, Objects.requireNonNull(numbers.get(use)), blockSize);
    }

    @Override
    public Map<String, byte[]> files() {
        return Collections.unmodifiableMap(files);
    }

    @Override
    public Map<String, Object> facts() {
        return Collections.unmodifiableMap(facts);
    }

    @Override
    public void close() {
        work.close();
    }
}
