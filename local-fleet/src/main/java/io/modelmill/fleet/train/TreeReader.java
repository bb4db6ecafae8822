package io.modelmill.fleet.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a file of YAML, or of JSON if its name ends in {@code .json}. */
final class TreeReader {
    private static final long LARGEST_FILE = 1 << 20;

    private final Path file;
    private final Faults faults;

    private TreeReader(Path file, Faults faults) {
        this.file = file;
        this.faults = faults;
    }

    /**
     * Reads the file.
     *
     * @param faults told of names that stand twice and of references, neither of which is taken
     * @throws FleetException if it is no YAML or JSON
     */
    static Tree read(Path file, Faults faults) {
        return new TreeReader(file, faults).read();
    }

    private Tree read() {
        try (JsonParser parser = factory().createParser(text())) {
            JsonToken first = parser.nextToken();
            Tree tree = first == null ? new Tree.Nothing(1) : value(parser, "");
            if (parser.nextToken() != null) {
                faults.add(parser.currentTokenLocation().getLineNr(), "", "a second document (expected: one)");
            }
            return tree;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new FleetException(file + ", line " + line + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new FleetException(file + ": cannot be read (" + e + ")", e);
        }
    }

    private JsonFactory factory() {
        return file.toString().endsWith(".json") ? new JsonFactory() : new YAMLFactory();
    }

    private String text() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new FleetException(file + ": not there (expected: a recipe in YAML or JSON)");
        }
        long size = Files.size(file);
        if (size > LARGEST_FILE) {
            throw new FleetException(file + ": " + size + " bytes (expected: at most " + LARGEST_FILE + ")");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new FleetException(file + ": not UTF-8", e);
        }
    }

    /** The value at the current token; ends at its last. */
    private Tree value(JsonParser parser, String path) throws IOException {
        int line = parser.currentTokenLocation().getLineNr();
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            faults.add(line, path, "*" + parser.getText() + " (expected: the value itself, no reference)");
            return new Tree.Nothing(line);
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> table(parser, line, path);
            case START_ARRAY -> items(parser, line, path);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, line);
            case VALUE_TRUE, VALUE_FALSE -> new Tree.Flag(line, parser.getBooleanValue());
            case VALUE_NULL -> new Tree.Nothing(line);
            default -> new Tree.Text(line, parser.getText());
        };
    }

    private static Tree number(JsonParser parser, int line) throws IOException {
        String text = parser.getText();
        try {
            // A decimal's power of ten is written out by whoever rounds it, so it has a bound.
            BigDecimal value = new BigDecimal(text.replace("_", ""));
            return Math.abs((long) value.scale()) > 400 ? new Tree.Text(line, text) : new Tree.Number(line, value);
        } catch (NumberFormatException e) {
            // YAML has numbers to other bases, infinities and the like: whoever wants a number says what he got.
            return new Tree.Text(line, text);
        }
    }

    private Tree table(JsonParser parser, int line, String path) throws IOException {
        Map<String, Tree> entries = new LinkedHashMap<>();
        Map<String, Integer> lines = new LinkedHashMap<>();
        while (next(parser) != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            int nameLine = parser.currentTokenLocation().getLineNr();
            String place = path.isEmpty() ? name : path + "." + name;
            parser.nextToken();
            Tree value = value(parser, place);
            Integer before = lines.putIfAbsent(name, nameLine);
            if (before == null) {
                entries.put(name, value);
            } else {
                faults.add(nameLine, place, "a second time (expected: once; first on line " + before + ")");
            }
        }
        return new Tree.Table(line, entries, lines);
    }

    private Tree items(JsonParser parser, int line, String path) throws IOException {
        List<Tree> values = new ArrayList<>();
        while (next(parser) != JsonToken.END_ARRAY) {
            values.add(value(parser, path + "[" + values.size() + "]"));
        }
        return new Tree.Items(line, values);
    }

    private JsonToken next(JsonParser parser) throws IOException {
        @Nullable JsonToken token = parser.nextToken();
        if (token == null) {
            throw new FleetException(file + ": ends too early");
        }
        return token;
    }
}
