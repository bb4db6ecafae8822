package io.modelmill.registry.validation.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where a tensor says that its bytes are: its {@code data_location} and the entries of its {@code external_data}. */
final class ExternalReference {
    /**
     * What a reference may say. ONNX Runtime knows more: packed weights of its own making, which it takes as they are and
     * which nothing can check.
     */
    private static final List<String> KEYS = List.of("location", "offset", "length", "checksum");

    private final Map<String, String> entries = new LinkedHashMap<>();
    private String twice = "";
    private boolean used;

    /** @param location 1 is outside of the graph */
    void location(long location) {
        // Parsers keep the low 32 bits, and of an enumeration only what they know: what was external once may stay so.
        used |= (int) location == 1;
    }

    void entry(String key, String value) {
        if (entries.put(key, value) != null && twice.isEmpty()) {
            twice = key;
        }
    }

    boolean isUsed() {
        return used;
    }

    /** @throws ModelFault if the entries are not exactly what a reader can go by */
    void check(String tensor) throws ModelFault {
        for (String key : entries.keySet()) {
            if (!KEYS.contains(key)) {
                throw new ModelFault(
                        tensor + ": external_data." + Quotes.quote(key) + " (expected: one of " + KEYS + ")");
            }
        }
        if (!twice.isEmpty()) {
            throw new ModelFault(tensor + ": external_data." + twice + " twice (expected: once)");
        }
        if (entries.getOrDefault("location", "").isEmpty()) {
            throw new ModelFault(tensor + ": external_data without a location (expected: a file's relative path)");
        }
    }

    /** The file's path as the graph names it. */
    String path() {
        return entries.getOrDefault("location", "");
    }

    /**
     * A number of bytes.
     *
     * @param missing the answer where nothing is said
     */
    long bytes(String tensor, String key, long missing) throws ModelFault {
        String value = entries.getOrDefault(key, "");
        if (value.isEmpty()) {
            return missing;
        }
        if (!value.matches("[0-9]{1,18}")) {
            throw new ModelFault(tensor + ": external_data." + key + " " + Quotes.quote(value)
                    + " (expected: a number of bytes from 0)");
        }
        return Long.parseLong(value);
    }
}
