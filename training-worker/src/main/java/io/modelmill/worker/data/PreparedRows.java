package io.modelmill.worker.data;

import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Rows with features and labels, ready to train. */
final class PreparedRows implements TrainingData {
    private static final String HELD_OUT_FILE = "held-out-rows.json";

    private final WorkFiles files;
    private final Features features;
    private final Answers answers;
    private final Map<RowUse, RowSet> rows = new EnumMap<>(RowUse.class);
    private final Records heldOut;
    private final Map<String, Object> facts;

    PreparedRows(WorkFiles files, Features features, Labels labels, RowUses uses, Map<String, Object> facts) {
        int blockSize = BlockSizes.of(files.size(), uses.count());
        this.files = files;
        this.features = features;
        this.answers = labels.answers(uses);
        this.heldOut = uses.numbers(files, RowUse.HELD_OUT);
        for (RowUse use : new RowUse[] {RowUse.TRAINING, RowUse.VALIDATION, RowUse.HELD_OUT}) {
            Records numbers = use == RowUse.HELD_OUT ? heldOut : uses.numbers(files, use);
            rows.put(use, new StoredRows(features, labels, numbers, blockSize));
        }
        this.facts = facts;
    }

    @Override
    public Answers answers() {
        return answers;
    }

    @Override
    public InputStage inputStage() {
        return features.stage();
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
        return Objects.requireNonNull(rows.get(use));
    }

    @Override
    public Map<String, byte[]> files() {
        Map<String, byte[]> all = new LinkedHashMap<>(features.files());
        var numbers = new StringBuilder("[");
        for (long row = 0; row < heldOut.count(); row++) {
            numbers.append(row == 0 ? "" : ", ").append(heldOut.longAt(row, 0));
        }
        all.put(HELD_OUT_FILE, numbers.append(']').toString().getBytes(StandardCharsets.UTF_8));
        return all;
    }

    @Override
    public Map<String, Object> facts() {
        return facts;
    }

    @Override
    public void close() {
        files.close();
    }
}
