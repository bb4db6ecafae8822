package io.modelmill.registry.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jspecify.annotations.Nullable;

/**
 * What the child process prints as the last line of its output, in JSON.
 *
 * @param signature missing if there is a fault
 * @param fault one line for the tenant; missing if there is none
 */
record ValidationReport(
        @Nullable ModelSignature signature, @Nullable String fault) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    String write() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and numbers is always JSON", e);
        }
    }

    static ValidationReport read(String line) throws JsonProcessingException {
        return JSON.readValue(line, ValidationReport.class);
    }
}
