package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import io.modelmill.worker.text.TokenCounts;
import io.modelmill.worker.text.TokenizerFile;
import io.modelmill.worker.text.Vocabulary;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Prepares text for embeddings of words: lines are divided, and of each the known tokens are taken, those beside an unknown one
 * becoming neighbours. A token alone in its line has none and is left out.
 */
final class PairPreparation {
    private static final List<RowUse> USES = List.of(RowUse.TRAINING, RowUse.VALIDATION, RowUse.HELD_OUT);

    private final DataSpec.Text spec;
    private final Splitting splitting;
    private final Cleaning cleaning;
    private final WorkFiles files;

    PairPreparation(DataSpec.Text spec, Splitting splitting, Cleaning cleaning, WorkFiles files) {
        this.spec = spec;
        this.splitting = splitting;
        this.cleaning = cleaning;
        this.files = files;
        if (spec.window() < 1) {
            throw Choices.refused("text.window", spec.window(), "at least 1, for word_embedding");
        }
        if (splitting.type() == Splitting.Type.STRATIFIED) {
            throw Choices.refused("split.type", "stratified", "random, time, given or none, for text without classes");
        }
    }

    TrainingData prepare(RowCursor cursor, Columns columns) {
        TextLines lines = TextLines.read(cursor, columns, spec, false, splitting, cleaning, files);
        RowUses uses = lines.uses();
        Division.requireRows(uses);
        Division.divide(uses, splitting, lines.split(), Groups.ONE);
        var counts = new TokenCounts(spec.vocabularySize());
        forEach(uses, RowUse.TRAINING, line -> lines.texts().tokens(line, counts::add));
        Vocabulary vocabulary = counts.vocabulary();
        Map<RowUse, RecordWriter> writers = new EnumMap<>(RowUse.class);
        USES.forEach(use ->
                writers.put(use, files.records("positions-" + use.name().toLowerCase(Locale.ROOT), Long.BYTES)));
        Records tokens = encode(lines, uses, vocabulary, writers);
        Map<RowUse, Records> positions = new EnumMap<>(RowUse.class);
        writers.forEach((use, writer) -> positions.put(use, writer.finish()));
        requirePositions(positions);
        Map<String, Object> facts = new LinkedHashMap<>(lines.facts());
        facts.put("vocabulary_size", vocabulary.size());
        facts.put("training_tokens", counts.total());
        byte[] tokenizer = TokenizerFile.write(lines.texts().tokenization(), vocabulary, spec.maxLength(), false);
        return new PreparedRows(
                files,
                new TokenPairs(tokens, spec.window(), vocabulary, Map.of(TokenizerFile.NAME, tokenizer)),
                new Answers.Neighbour(vocabulary.texts()),
                positions,
                HeldOutRows.file(uses.numbers(files, RowUse.HELD_OUT)),
                facts);
    }

    private static void forEach(RowUses uses, RowUse use, LongConsumer line) {
        for (long number = 0; number < uses.count(); number++) {
            if (uses.get(number) == use) {
                line.accept(number);
            }
        }
    }

    private Records encode(TextLines lines, RowUses uses, Vocabulary vocabulary, Map<RowUse, RecordWriter> positions) {
        RecordWriter writer = files.records("tokens", Integer.BYTES);
        writer.add(TokenPairs.BREAK);
        long[] written = {1};
        USES.forEach(use -> forEach(uses, use, line -> {
            List<Integer> known = new ArrayList<>();
            lines.texts().tokens(line, token -> {
                int number = vocabulary.number(token);
                if (number != Vocabulary.UNKNOWN) {
                    known.add(number);
                }
            });
            for (int number : known) {
                writer.add(number);
                if (known.size() > 1) {
                    Objects.requireNonNull(positions.get(use)).add(written[0]);
                }
                written[0]++;
            }
            writer.add(TokenPairs.BREAK);
            written[0]++;
        }));
        return writer.finish();
    }

    private void requirePositions(Map<RowUse, Records> positions) {
        positions.forEach((use, numbers) -> {
            boolean needed = switch (use) {
                case TRAINING -> true;
                case VALIDATION -> splitting.validation() > 0;
                case HELD_OUT -> splitting.type() != Splitting.Type.NONE;
                case DROPPED -> false;
            };
            if (needed && numbers.count() == 0) {
                throw new JobFailedException(
                        "no two known tokens stand in one line among the rows for %s (expected: at least one such line)"
                                .formatted(use.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
            }
        });
    }
}
