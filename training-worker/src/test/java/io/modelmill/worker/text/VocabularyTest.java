package io.modelmill.worker.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    @Test
    void holdsTheMostFrequentFirstAndOfEqualOnesTheFirstAsText() {
        var counts = new TokenCounts(5);
        List.of("b", "a", "c", "c", "d", "b", "e", "c").forEach(counts::add);
        Vocabulary vocabulary = counts.vocabulary();
        assertThat(vocabulary.texts()).containsExactly("[PAD]", "[UNK]", "c", "b", "a");
        assertThat(vocabulary.number("b")).isEqualTo(3);
        assertThat(vocabulary.number("e")).isEqualTo(Vocabulary.UNKNOWN);
        assertThat(counts.total()).isEqualTo(8);
    }

    @Test
    void forgetsRareTokensWhereThereAreTooMany() {
        var counts = new TokenCounts(4, 100);
        for (int i = 0; i < 10_000; i++) {
            counts.add("rare" + i);
            counts.add(i % 3 == 0 ? "some" : "often");
        }
        assertThat(counts.vocabulary().texts()).containsExactly("[PAD]", "[UNK]", "often", "some");
        assertThat(counts.total()).isEqualTo(20_000);
    }

    @Test
    void knowsATextWithoutTokens() {
        var words = new Tokenization(Tokenization.Unit.WORD, false, false);
        var characters = new Tokenization(Tokenization.Unit.CHARACTER, false, false);
        assertThat(words.cuts(" \t\n")).isFalse();
        assertThat(words.cuts(" . ")).isTrue();
        assertThat(characters.cuts(" ")).isTrue();
        assertThat(characters.cuts("")).isFalse();
    }
}
