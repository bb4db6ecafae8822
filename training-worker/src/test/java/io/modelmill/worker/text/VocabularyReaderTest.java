package io.modelmill.worker.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.text.Tokenization.Unit;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A vocabulary comes back from its file. */
class VocabularyReaderTest {
    private static final Tokenization CHARACTERS = new Tokenization(Unit.CHARACTER, true, false);
    private static final Tokenization WORDS = new Tokenization(Unit.WORD, false, true);

    @Test
    void readsWhatWasWritten() {
        var vocabulary =
                new Vocabulary(List.of("a", "\"", "\\", "\n", "\u2028", "é", "\uD83D\uDE00", "}", ":", ",", "\u0000"));
        byte[] file = TokenizerFile.write(CHARACTERS, vocabulary, 9, true);
        Vocabulary read = TokenizerFile.read(file, CHARACTERS, 9, true);
        assertThat(read.texts()).isEqualTo(vocabulary.texts());
        assertThat(read.number("\uD83D\uDE00")).isEqualTo(8);
        byte[] empty = TokenizerFile.write(WORDS, new Vocabulary(List.of()), 9, false);
        assertThat(TokenizerFile.read(empty, WORDS, 9, false).size()).isEqualTo(2);
    }

    @Test
    void refusesOtherSettings() {
        byte[] file = TokenizerFile.write(WORDS, new Vocabulary(List.of("a")), 9, false);
        assertRefused(file, new Tokenization(Unit.WORD, false, false), 9, false);
        assertRefused(file, CHARACTERS, 9, false);
        assertRefused(file, WORDS, 10, false);
        assertRefused(file, WORDS, 9, true);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"vocab\":{",
                "{\"vocab\":{}",
                "{\"vocab\":{\"a\":0}",
                "{\"vocab\":{\"a\":0,\"b",
                "{\"vocab\":{\"a\":0,\"b\":7}",
                "{\"vocab\":{\"a\" : 0}",
                "{\"vocab\":{\"\\u12",
                "{\"vocab\":{\"a\":99999999999}"
            })
    void refusesFilesOfOthers(String file) {
        assertRefused(file.getBytes(StandardCharsets.UTF_8), WORDS, 9, false);
    }

    private static void assertRefused(byte[] file, Tokenization tokenization, int maxLength, boolean keepsEnd) {
        assertThatThrownBy(() -> TokenizerFile.read(file, tokenization, maxLength, keepsEnd))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(
                        "data.text: other settings than those of the parent's tokenizer.json (expected: tokens, max_length"
                                + " and lowercase of the job that made it)");
    }
}
