package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.rows.TrainingData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class TextDataTest {
    @TempDir
    Path folder;

    @Test
    void padsTextsToTheLongestOfABatch() {
        String[] lines = {"text,kind,for", "b a b,x,train", "c b a,y,train", "a z,x,test"};
        DataSpecs spec = DataSpecs.label("kind").split("given", 0, "for").text(words(10, 3));
        try (TrainingData data = prepare(Task.CLASSIFICATION, spec, ListedRows.table(lines))) {
            // b and a stand before c, for there are more of them.
            assertThat(longs(data.training().read(new long[] {1, 0}).inputs().getFirst()))
                    .containsExactly(4, 2, 3, 2, 3, 2);
            assertThat(longs(data.heldOut().read(new long[] {0}).inputs().getFirst()))
                    .containsExactly(3, 1);
            Feed feed = data.heldOut().feeds(new long[] {0}).getFirst();
            assertThat(feed.input()).isEqualTo("input_ids");
            assertThat((long[]) feed.values()).containsExactly(3, 1);
            assertThat(feed.shape()).containsExactly(1, 2);
            assertThat(data.inputStage().output()).isEqualTo(Shape.tokens(Shape.ANY));
            assertThat(data.inputStage().vocabularySize()).isEqualTo(5);
            assertThat(data.facts()).containsEntry("vocabulary_size", 5).containsEntry("training_tokens", 6L);
            assertThat(new String(data.files().get("tokenizer.json"), StandardCharsets.UTF_8))
                    .contains("\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"b\":2,\"a\":3,\"c\":4}");
        }
    }

    @Test
    void fillsShorterTextsWithZeros() {
        String[] lines = {"text,kind", "b a b a b,x", "a,y"};
        DataSpecs spec = DataSpecs.label("kind").split("none", 0, "").text(words(3, 4));
        try (TrainingData data = prepare(Task.CLASSIFICATION, spec, ListedRows.table(lines))) {
            Tensor input = data.training().read(new long[] {0, 1}).inputs().getFirst();
            assertThat(longs(input)).containsExactly(1, 2, 1, 2, 2, 0, 0, 0);
            assertThat(input.size(1)).isEqualTo(4);
            assertThat((long[])
                            data.training().feeds(new long[] {0, 1}).getFirst().values())
                    .containsExactly(1, 2, 1, 2, 2, 0, 0, 0);
        }
    }

    @Test
    void refusesATextWithoutTokens() {
        String[] lines = {"text,kind", "a,x", " ,y", "b,y"};
        DataSpecs spec = DataSpecs.label("kind").split("none", 0, "").text(words(10, 4));
        assertThatThrownBy(() -> prepare(Task.CLASSIFICATION, spec, ListedRows.table(lines)))
                .hasMessage(
                        "line 3, column \"text\": no tokens (expected: at least one, or data.cleaning.missing drop)");
        try (TrainingData data = prepare(Task.CLASSIFICATION, spec.missing("drop", 0), ListedRows.table(lines))) {
            assertThat(data.training().count()).isEqualTo(2);
        }
    }

    @Test
    void cutsRunningTextIntoWindows() {
        DataSpecs spec = DataSpecs.label("").split("none", 0, "").text(characters(10, 4));
        try (TrainingData data = prepare(Task.LANGUAGE_MODELLING, spec, lines("abc", "", "ab", "a"))) {
            // The text is "abc\n\nab\na"; of its tokens \n (2) and a (3) are the most frequent, then b, then c.
            assertThat(((Answers.NextToken) data.answers()).vocabulary())
                    .containsExactly("[PAD]", "[UNK]", "\n", "a", "b", "c");
            assertThat(data.training().count()).isEqualTo(2);
            Batch batch = data.training().read(new long[] {0, 1});
            assertThat(longs(batch.inputs().getFirst())).containsExactly(3, 4, 5, 2, 2, 3, 4, 2);
            assertThat(longs(batch.target())).containsExactly(4, 5, 2, 2, 3, 4, 2, 3);
            assertThat((long[]) data.training().feeds(new long[] {1}).getFirst().values())
                    .containsExactly(2, 3, 4, 2);
            assertThat(data.files()).containsOnlyKeys("tokenizer.json");
            assertThat(data.inputStage().output()).isEqualTo(Shape.tokens(Shape.ANY));
        }
    }

    @Test
    void endsTheLastWindowWhereTheTextEnds() {
        DataSpecs spec = DataSpecs.label("").split("none", 0, "").text(characters(10, 4));
        try (TrainingData data = prepare(Task.LANGUAGE_MODELLING, spec, lines("aababb"))) {
            Batch batch = data.training().read(new long[] {1});
            assertThat(longs(batch.inputs().getFirst())).containsExactly(3, 3, 0, 0);
            assertThat(longs(batch.target())).containsExactly(3, -100, -100, -100);
        }
    }

    @Test
    void holdsOutTheEndOfTheText() {
        DataSpecs spec = DataSpecs.label("").split("time", 0.2, "").text(characters(100, 3));
        // Five windows of three letters and one behind them that is only predicted.
        try (TrainingData data = prepare(Task.LANGUAGE_MODELLING, spec, lines("abcabcabcdefghix"))) {
            assertThat(data.training().count()).isEqualTo(3);
            assertThat(data.validation().count()).isEqualTo(1);
            assertThat(data.heldOut().count()).isEqualTo(1);
            assertThat(((Answers.NextToken) data.answers()).vocabulary())
                    .containsExactly("[PAD]", "[UNK]", "a", "b", "c");
            assertThat(longs(data.training().read(new long[] {2}).target())).containsExactly(3, 4, -100);
            assertThat(longs(data.validation().read(new long[] {0}).target())).containsExactly(1, 1, -100);
            assertThat(longs(data.heldOut().read(new long[] {0}).target())).containsExactly(1, 1, 1);
        }
    }

    @Test
    void holdsOutWindowsAtRandomThatShareNoToken() {
        var text = new StringBuilder();
        for (int i = 0; i < 401; i++) {
            text.appendCodePoint(0x4E00 + i);
        }
        DataSpecs spec = DataSpecs.label("").split("random", 0.1, "").text(characters(1000, 4));
        try (TrainingData data = prepare(Task.LANGUAGE_MODELLING, spec, lines(text.toString()))) {
            assertThat(data.training().count()).isEqualTo(70);
            assertThat(data.heldOut().count()).isEqualTo(20);
            // What is held out is unknown to the vocabulary: no token of it was seen.
            assertThat(seen(data, data.heldOut())).containsExactly(-100L, 1L);
            assertThat(seen(data, data.validation())).containsExactly(-100L, 1L);
            assertThat(seen(data, data.training())).contains(-100L).doesNotContain(1L);
        }
    }

    private static Set<Long> seen(TrainingData data, RowSet rows) {
        try (PointerScope scope = new PointerScope()) {
            Batch batch = rows.read(LongStream.range(0, rows.count()).toArray());
            var seen = new TreeSet<Long>();
            for (Tensor tensor : List.of(batch.inputs().getFirst(), batch.target())) {
                Arrays.stream(longs(tensor)).forEach(seen::add);
            }
            return seen;
        }
    }

    @Test
    void keepsTheSubsetsOfTextsApart() {
        String[] lines = {"text,for", "ab,train", "xy,test", "ab,train", "zz,validation"};
        DataSpecs spec = DataSpecs.label("").split("given", 0, "for").text(characters(100, 10));
        try (TrainingData data = prepare(Task.LANGUAGE_MODELLING, spec, ListedRows.table(lines))) {
            assertThat(((Answers.NextToken) data.answers()).vocabulary())
                    .containsExactly("[PAD]", "[UNK]", "a", "b", "\n");
            assertThat(longs(data.training().read(new long[] {0}).inputs().getFirst()))
                    .containsExactly(2, 3, 4, 2, 3, 0, 0, 0, 0, 0);
            assertThat(longs(data.heldOut().read(new long[] {0}).target()))
                    .containsExactly(1, -100, -100, -100, -100, -100, -100, -100, -100, -100);
        }
    }

    @Test
    void refusesTextThatIsTooShort() {
        DataSpecs spec = DataSpecs.label("").split("random", 0, "").text(characters(10, 4));
        assertThatThrownBy(() -> prepare(Task.LANGUAGE_MODELLING, spec, lines("abc")))
                .hasMessage(
                        "the text has 1 window(s) of 4 tokens (expected: more than the 1 to hold out and 0 to validate on;"
                                + " a smaller data.text.max_length makes more)");
        assertThatThrownBy(() -> prepare(Task.LANGUAGE_MODELLING, spec, lines("a")))
                .hasMessage("the text has fewer than 2 tokens (expected: at least 2)");
        assertThatThrownBy(() -> prepare(Task.LANGUAGE_MODELLING, spec.text(characters(10, 1)), lines("abc")))
                .hasMessage("data.text.max_length: 1 (expected: at least 2, for windows of text)");
        assertThatThrownBy(() -> prepare(Task.LANGUAGE_MODELLING, spec.split("stratified", 0, ""), lines("abc")))
                .hasMessage(
                        "data.split.type: stratified (expected: random, time, given or none, for text without classes)");
    }

    @Test
    void pairsTokensWithTheirNeighboursInALine() {
        DataSpec.Text text = new DataSpec.Text("text", "word", 5, 100, true, 2);
        DataSpecs spec = DataSpecs.label("").split("none", 0, "").text(text);
        // Known are a (2), b (3) and c (4); x is not, and leaves b and c beside each other.
        try (TrainingData data = prepare(Task.WORD_EMBEDDING, spec, lines("A b x c", "a", "", "b A c", "a b c"))) {
            assertThat(((Answers.Neighbour) data.answers()).vocabulary())
                    .containsExactly("[PAD]", "[UNK]", "a", "b", "c");
            assertThat(data.training().count()).isEqualTo(9);
            Batch batch = data.training().read(new long[] {0, 1, 5});
            assertThat(longs(batch.inputs().getFirst())).containsExactly(2, 2, 3, 3, 4, 4);
            assertThat(longs(batch.target())).containsExactly(3, 4, 2, 4, 2, 3);
            assertThat(batch.inputs().getFirst().size(1)).isEqualTo(1);
            assertThat(data.inputStage().output()).isEqualTo(Shape.tokens(1));
            assertThat(data.training().feeds(new long[] {0}).getFirst().shape()).containsExactly(2, 1);
        }
    }

    @Test
    void refusesLinesWithoutNeighbours() {
        DataSpec.Text text = new DataSpec.Text("text", "word", 5, 100, true, 2);
        DataSpecs spec = DataSpecs.label("").split("none", 0, "").text(text);
        assertThatThrownBy(() -> prepare(Task.WORD_EMBEDDING, spec, lines("a", "b")))
                .hasMessage("no two known tokens stand in one line among the rows for training"
                        + " (expected: at least one such line)");
    }

    @Test
    void refusesSettingsThatCannotBe() {
        DataSpecs spec = DataSpecs.label("kind").text(words(10, 3));
        ListedRows rows = ListedRows.table("text,kind", "a,x");
        assertThatThrownBy(() -> prepare(Task.CLASSIFICATION, spec.normalization("min_max"), rows))
                .hasMessage("data.normalization: min_max (expected: none, for tokens)");
        assertThatThrownBy(() -> prepare(Task.AUTOENCODING, spec, rows))
                .hasMessage("data.text: set (expected: not set, for autoencoding)");
        assertThatThrownBy(() -> prepare(Task.CLASSIFICATION, spec.features("kind"), rows))
                .hasMessage("data.feature_columns: [kind] (expected: none beside data.text.column \"text\")");
        assertThatThrownBy(() -> prepare(Task.LANGUAGE_MODELLING, DataSpecs.label(""), rows))
                .hasMessage("data.text: not set (expected: set, for task language_modelling)");
        DataSpec.Text letters = new DataSpec.Text("text", "letter", 10, 3, false, 0);
        assertThatThrownBy(() ->
                        prepare(Task.CLASSIFICATION, DataSpecs.label("kind").text(letters), rows))
                .hasMessage("data.text.tokens: letter (expected: one of character, word)");
    }

    private static DataSpec.Text words(int vocabulary, int length) {
        return new DataSpec.Text("text", "word", vocabulary, length, false, 0);
    }

    private static DataSpec.Text characters(int vocabulary, int length) {
        return new DataSpec.Text("text", "character", vocabulary, length, false, 0);
    }

    private static ListedRows lines(String... lines) {
        return new ListedRows(
                List.of(new DatasetColumn("text", Type.CELL, List.of())),
                Arrays.stream(lines).map(List::<Object>of).toList(),
                List.of());
    }

    private TrainingData prepare(Task task, DataSpecs spec, ListedRows rows) {
        return DataPreparation.prepare(task, spec.spec(), 7, new RowSource(() -> rows, Set.of()), folder);
    }

    private static long[] longs(Tensor tensor) {
        long[] values = new long[(int) tensor.numel()];
        tensor.contiguous().data_ptr_long().get(values);
        return values;
    }
}
