package io.modelmill.worker.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParser;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.text.Tokenization.Unit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers on which a model trains are those that the library of inference-service reads from the file. */
class TokenizerFileTest {
    private static final List<String> TEXTS = List.of(
            "The quick brown fox, they say, jumped 3 times.",
            "Stra\u00dfe, \u00e9t\u00e9, cafe\u0301, na\u00efve na\u00efve; \u0130stanbul \u03a3\u0391\u03a3 ODYSSE\u03a3",
            "tabs\tand\nlines\r\nand\u00a0hard\u2003spaces \u3000 \u0085 \u2028 \u200b end",
            "\u6f22\u5b57\u304b\u306a\u30ab\u30ca \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22 \u0939\u093f\u0928\u094d\u0926\u0940 \ud83d\ude00\ud83d\ude00 \ud835\udd38",
            "[PAD] [UNK] [PAD]x \"quoted\" back\\slash {\"json\":1} \u0007 \u001f",
            "a_b-c 1,000.5 \u00bd \u2167 x\u00b2 don't --- ...",
            "   ",
            "");

    private static final Tokenization CHARACTERS = new Tokenization(Unit.CHARACTER, true, false);
    private static final Tokenization WORDS = new Tokenization(Unit.WORD, false, true);

    @BeforeAll
    static void findTheLibraryHere() {
        Path folder = Path.of("target/tokenizers").toAbsolutePath();
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("ENGINE_CACHE_DIR", folder.toString());
        System.setProperty("DJL_CACHE_DIR", folder.toString());
    }

    @Test
    void numbersAreTheTrainers() throws IOException {
        for (Unit unit : Unit.values()) {
            for (boolean lowercase : new boolean[] {false, true}) {
                for (boolean keepsSpaces : new boolean[] {false, true}) {
                    var tokenization = new Tokenization(unit, keepsSpaces, lowercase);
                    var counts = new TokenCounts(1000);
                    TEXTS.subList(0, 5).forEach(text -> tokenization.cut(text, counts::add));
                    check(tokenization, counts.vocabulary());
                }
            }
        }
    }

    private static void check(Tokenization tokenization, Vocabulary vocabulary) throws IOException {
        try (HuggingFaceTokenizer tokenizer = open(TokenizerFile.write(tokenization, vocabulary, 1000, false))) {
            for (String text : TEXTS) {
                assertThat(tokenizer.encode(text, true, false).getIds())
                        .as("%s: %s", tokenization, text)
                        .containsExactly(numbers(tokenization, vocabulary, text));
            }
        }
    }

    /** Letters that the two know from different editions of Unicode may differ; none does. */
    @Test
    void everyCharacterIsCutAlike() throws IOException {
        var tokenization = new Tokenization(Unit.WORD, false, true);
        var counts = new TokenCounts(10);
        List.of("a", "b").forEach(counts::add);
        Vocabulary vocabulary = counts.vocabulary();
        try (HuggingFaceTokenizer tokenizer = open(TokenizerFile.write(tokenization, vocabulary, 500, false))) {
            for (int first = 0; first <= Character.MAX_CODE_POINT; first += 100) {
                String text = IntStream.range(first, Math.min(first + 100, Character.MAX_CODE_POINT + 1))
                        .filter(Character::isDefined)
                        .filter(character -> Character.getType(character) != Character.SURROGATE)
                        .mapToObj(character -> "a" + Character.toString(character) + "b ")
                        .collect(Collectors.joining());
                boolean alike = Arrays.equals(
                        tokenizer.encode(text, true, false).getIds(), numbers(tokenization, vocabulary, text));
                assertThat(alike).as("from %x", first).isTrue();
            }
        }
    }

    @Test
    void cutsLongTextsAtTheirEndOrTheirBeginning() throws IOException {
        var tokenization = new Tokenization(Unit.WORD, false, false);
        var counts = new TokenCounts(10);
        List.of("a", "a", "a", "b", "b", "c").forEach(counts::add);
        Vocabulary vocabulary = counts.vocabulary();
        for (var expected :
                Map.of(false, new long[] {2, 3}, true, new long[] {3, 4}).entrySet()) {
            byte[] file = TokenizerFile.write(tokenization, vocabulary, 2, expected.getKey());
            try (HuggingFaceTokenizer tokenizer = open(file)) {
                assertThat(tokenizer.encode("a b c", true, false).getIds()).containsExactly(expected.getValue());
            }
        }
    }

    @Test
    void tokensOfWholeTextsAreTheTextAgain() throws IOException {
        for (var tokenization :
                List.of(new Tokenization(Unit.CHARACTER, true, false), new Tokenization(Unit.WORD, true, false))) {
            var counts = new TokenCounts(1000);
            TEXTS.forEach(text -> tokenization.cut(text, counts::add));
            Vocabulary vocabulary = counts.vocabulary();
            try (HuggingFaceTokenizer tokenizer = open(TokenizerFile.write(tokenization, vocabulary, 1000, true))) {
                for (String text : TEXTS) {
                    assertThat(tokenizer.decode(numbers(tokenization, vocabulary, text)))
                            .isEqualTo(text);
                }
            }
        }
    }

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

    /** Files of older versions have other spaces and escapes. */
    @Test
    void readsTheSameInAnotherLayout() {
        String written = text(TokenizerFile.write(WORDS, new Vocabulary(List.of("a", "b")), 9, false));
        String other =
                new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(JsonParser.parseString(written));
        assertThat(other).isNotEqualTo(written);
        other = other.replace("\"a\"", "\"\\u0061\"");
        assertThat(TokenizerFile.read(bytes(other), WORDS, 9, false).texts())
                .containsExactly("[PAD]", "[UNK]", "a", "b");
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
                "[]",
                "null",
                "{\"model\":[]}",
                "{\"model\":{\"vocab\":7}}",
                "{\"model\":{\"vocab\":{\"[PAD]\":0,\"[UNK]\":1}}}",
                "{\"model\":{\"vocab\":{\"[PAD]\":0,\"[UNK]\"",
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
        assertRefused(bytes(file), WORDS, 9, false);
    }

    /** Each of these would be the file but for one place. */
    @Test
    void refusesFilesWithOtherNumbers() {
        String file = text(TokenizerFile.write(WORDS, new Vocabulary(List.of("a", "b")), 9, false));
        for (String[] change : new String[][] {
            {"\"b\":3", "\"b\":4"},
            {"\"b\":3", "\"b\":99999999999"},
            {"\"b\":3", "\"b\":\"3\""},
            {"\"a\":2,\"b\":3", "\"b\":3,\"a\":2"},
            {"\"a\":2", "\"a\":3"},
            {"[UNK]\":1", "[UNKNOWN]\":1"},
            {"\"[UNK]\"}}", "\"[UNK]\"}}]"},
            {"\"[UNK]\"}}", "\"[UNK]\"},\"more\":{}}"},
            {"\"version\":\"1.0\"", "version:\"1.0\""},
        }) {
            assertThat(file).contains(change[0]);
            assertRefused(bytes(file.replace(change[0], change[1])), WORDS, 9, false);
        }
    }

    private static void assertRefused(byte[] file, Tokenization tokenization, int maxLength, boolean keepsEnd) {
        assertThatThrownBy(() -> TokenizerFile.read(file, tokenization, maxLength, keepsEnd))
                .as(text(file))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(
                        "data.text: other settings than those of the parent's tokenizer.json (expected: tokens, max_length"
                                + " and lowercase of the job that made it)");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] file) {
        return new String(file, StandardCharsets.UTF_8);
    }

    private static long[] numbers(Tokenization tokenization, Vocabulary vocabulary, String text) {
        List<Long> numbers = new ArrayList<>();
        tokenization.cut(text, token -> numbers.add((long) vocabulary.number(token)));
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private static HuggingFaceTokenizer open(byte[] file) throws IOException {
        return HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(file), Map.of("addSpecialTokens", "true", "padding", "false"));
    }
}
