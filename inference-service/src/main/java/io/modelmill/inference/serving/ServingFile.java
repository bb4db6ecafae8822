package io.modelmill.inference.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.VersionFile;
import io.modelmill.servicekit.error.Violations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * What a version's serving.json says.
 *
 * @param classLabels names of the classes by index; empty if it names none
 */
public record ServingFile(ServingSpec spec, List<String> classLabels) {
    /** Its path among a version's files. */
    public static final String NAME = "serving.json";

    /** Says nothing. */
    public static final ServingFile EMPTY = new ServingFile(ServingSpec.DEFAULT, List.of());

    private static final long LARGEST = 16 << 20;
    private static final int MOST_ROWS = 65_536;
    private static final int LONGEST_DELAY_MICROS = 10_000_000;
    private static final int MOST_SIZES = 64;
    private static final int MOST_AXES = 16;
    private static final int LONGEST_BUCKET = 1 << 20;
    private static final int MOST_BUCKETS = 256;
    private static final int MOST_OUTPUTS = 1_024;
    private static final int MOST_INSTANCES = 64;
    private static final int MOST_LABELS = 1_000_000;
    /** A text of one token has two more around it. */
    private static final int FEWEST_TOKENS = 3;

    private static final int MOST_TOKENS = 65_536;
    private static final int DEFAULT_TOKENS = 256;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public ServingFile {
        classLabels = List.copyOf(classLabels);
    }

    /**
     * Reads the file.
     *
     * @throws IllegalArgumentException if anything in it is wrong, with every path, value and what is expected
     * @throws IOException if it cannot be read
     */
    public static ServingFile read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > LARGEST) {
            throw new IllegalArgumentException(NAME + ": " + size + " bytes (expected: at most " + LARGEST + ")");
        }
        return read(Files.readAllBytes(file));
    }

    /** @throws IllegalArgumentException if anything in it is wrong, with every path, value and what is expected */
    static ServingFile read(byte[] json) {
        Violations violations = new Violations();
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    NAME + ": line " + line(e) + ": " + e.getOriginalMessage() + " (expected: one JSON object)");
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory can be read", e);
        }
        JsonFields fields = new JsonFields(root, "", violations);
        ServingFile file = read(fields);
        if (root.isObject()) {
            fields.refuseOthers();
        }
        if (!violations.isEmpty()) {
            throw new IllegalArgumentException(violations.found().stream()
                    .map(violation -> NAME + ": " + violation.field() + ": " + violation.description())
                    .collect(Collectors.joining("; ")));
        }
        return file;
    }

    private static long line(JsonProcessingException e) {
        return e.getLocation() == null ? 1 : e.getLocation().getLineNr();
    }

    private static ServingFile read(JsonFields fields) {
        OptionalLong hint = fields.whole("memoryHintBytes", 0, Long.MAX_VALUE);
        return new ServingFile(
                new ServingSpec(
                        fields.object("batching", ServingFile::batching).orElse(ServingSpec.Batching.MEASURED),
                        fields.object("padding", ServingFile::padding),
                        fields.object("pipeline", ServingFile::pipeline),
                        fields.integer("instances", 1, MOST_INSTANCES),
                        hint.isPresent() && hint.getAsLong() == 0 ? OptionalLong.empty() : hint),
                fields.texts("classLabels", MOST_LABELS));
    }

    private static ServingSpec.Batching batching(JsonFields fields) {
        var most = fields.integer("maxBatchSize", 1, MOST_ROWS);
        return new ServingSpec.Batching(
                most,
                Duration.ofNanos(1_000L
                        * fields.integer("maxQueueDelayMicros", 0, LONGEST_DELAY_MICROS)
                                .orElse(0)),
                fields.ascending("preferredSizes", 1, most.orElse(MOST_ROWS), MOST_SIZES));
    }

    private static ServingSpec.Padding padding(JsonFields fields) {
        int axis = fields.integer("axis", 1, MOST_AXES - 1).orElse(1);
        List<Integer> buckets = fields.ascending("buckets", 1, LONGEST_BUCKET, MOST_BUCKETS);
        Map<String, Double> inputs = fields.numbers("inputs");
        if (buckets.isEmpty()) {
            fields.refuse("buckets", "[]", "at least one length");
        }
        if (inputs.isEmpty()) {
            fields.refuse("inputs", "{}", "a value for each input that has the axis");
        }
        return new ServingSpec.Padding(axis, buckets, inputs, fields.texts("outputs", MOST_OUTPUTS));
    }

    private static ServingSpec.Pipeline pipeline(JsonFields fields) {
        String tokenizer = fields.text("tokenizer").orElse("tokenizer.json");
        if (!VersionFile.isPath(tokenizer)) {
            fields.refuse("tokenizer", tokenizer, "the path of one of the version's files");
        }
        var pooling = fields.choice("pooling", ServingSpec.Pooling.class).orElse(ServingSpec.Pooling.MEAN);
        var output = fields.text("output");
        var normalize = fields.truth("normalize");
        boolean pooled = pooling != ServingSpec.Pooling.NONE;
        if (!pooled && output.isEmpty()) {
            fields.refuse("output", "none", "one of the graph's outputs, for pooling NONE");
        }
        if (!pooled && normalize.orElse(false)) {
            fields.refuse("normalize", true, "false, for pooling NONE");
        }
        return new ServingSpec.Pipeline(
                tokenizer,
                fields.integer("maxTokens", FEWEST_TOKENS, MOST_TOKENS).orElse(DEFAULT_TOKENS),
                output.orElse("last_hidden_state"),
                pooling,
                normalize.orElse(pooled));
    }
}
