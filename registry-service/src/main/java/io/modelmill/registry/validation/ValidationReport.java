package io.modelmill.registry.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a validator answers, in JSON.
 *
 * @param signature missing if there is a fault
 * @param fault one line for the tenant; missing if there is none
 */
record ValidationReport(
        @Nullable ModelSignature signature, @Nullable String fault) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The report as a message; one that would be too long says so instead. */
    byte[] write() {
        try {
            byte[] json = JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
            return Frames.fits(json)
                    ? json
                    : new ValidationReport(null, "the model's inputs and outputs are too many or too large to describe")
                            .write();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and numbers is always JSON", e);
        }
    }

    static ValidationReport read(byte[] json) throws IOException {
        return JSON.readValue(json, ValidationReport.class);
    }
}
