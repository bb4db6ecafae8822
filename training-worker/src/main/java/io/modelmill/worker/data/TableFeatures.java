package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.worker.input.InputNames;
import io.modelmill.worker.input.Normalization;
import io.modelmill.worker.input.TableStage;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.Stored;
import io.modelmill.worker.store.WorkFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Columns of numbers and texts. */
final class TableFeatures implements Features {
    private final Optional<NumberColumns> numbers;
    private final List<TextColumn> texts;

    TableFeatures(
            Columns columns,
            RowSource source,
            Cleaning cleaning,
            Normalization normalization,
            boolean oneHot,
            WorkFiles files) {
        int[] numeric = columns.numbers(source.texts());
        this.numbers = numeric.length == 0
                ? Optional.empty()
                : Optional.of(new NumberColumns(columns, numeric, cleaning, normalization, files));
        var names = new InputNames();
        this.texts = new ArrayList<>();
        for (int column : columns.texts(source.texts())) {
            texts.add(new TextColumn(columns, column, names.of(columns.name(column)), cleaning, oneHot, files));
        }
    }

    @Override
    public boolean read(RowCursor row) {
        boolean whole = numbers.isEmpty() || numbers.get().read(row);
        for (TextColumn column : texts) {
            whole &= column.read(row);
        }
        return whole;
    }

    @Override
    public void finish() {
        numbers.ifPresent(NumberColumns::finish);
        texts.forEach(TextColumn::finish);
    }

    @Override
    public List<Stored> stored() {
        return Stream.concat(
                        numbers.stream().map(NumberColumns::stored),
                        texts.stream().map(TextColumn::stored))
                .toList();
    }

    @Override
    public void fit(RowUses uses) {
        numbers.ifPresent(columns -> columns.fit(uses));
        texts.forEach(column -> column.fit(uses));
    }

    @Override
    public InputStage stage() {
        return new TableStage(
                numbers.map(NumberColumns::fitted),
                texts.stream().map(TextColumn::categories).toList());
    }

    @Override
    public List<Tensor> tensors(long[] rows) {
        return Stream.concat(
                        numbers.stream().map(columns -> columns.tensor(rows)),
                        texts.stream().map(column -> column.tensor(rows)))
                .toList();
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        return Stream.concat(
                        numbers.stream().map(columns -> columns.feed(rows)),
                        texts.stream().map(column -> column.feed(rows)))
                .toList();
    }

    @Override
    public int column(int place) {
        int numeric = numbers.map(NumberColumns::width).orElse(0);
        if (place < numeric) {
            return numbers.orElseThrow().column(place);
        }
        long rest = place - numeric;
        for (TextColumn column : texts) {
            if (rest < column.categories().width()) {
                return column.index();
            }
            rest -= column.categories().width();
        }
        throw new IllegalArgumentException("a row has no number " + place);
    }

    @Override
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        numbers.ifPresent(columns -> facts.putAll(columns.facts()));
        facts.put("text_columns", texts.size());
        return facts;
    }
}
