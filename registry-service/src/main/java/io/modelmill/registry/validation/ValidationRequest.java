package io.modelmill.registry.validation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.modelmill.registry.validation.graph.GraphFiles;
import io.modelmill.registry.validation.graph.GraphLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What the child process is asked, in JSON.
 *
 * @param folder absolute path of the folder that holds the version's files
 * @param classLabels how many labels stand for the last axis of the first output; 0 if none were given
 */
record ValidationRequest(String folder, GraphFiles files, GraphLimits limits, int classLabels) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    byte[] write() {
        try {
            return JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and numbers is always JSON", e);
        }
    }

    static ValidationRequest read(byte[] json) throws IOException {
        return JSON.readValue(json, ValidationRequest.class);
    }
}
