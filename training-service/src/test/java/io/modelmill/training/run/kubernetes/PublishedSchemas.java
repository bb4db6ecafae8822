package io.modelmill.training.run.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What Kubernetes publishes about its objects, of the oldest version that the chart wants: types of fields, what is required,
 * and that there are no others. The file says where it is from.
 */
final class PublishedSchemas {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Schema> KINDS = Map.of(
            "Job", schema("io.k8s.api.batch.v1.Job"),
            "Secret", schema("io.k8s.api.core.v1.Secret"));

    private PublishedSchemas() {}

    /** All that the schema of the object's kind has against it. */
    static List<String> faults(String object) {
        try {
            Schema schema = KINDS.get(JSON.readTree(object).path("kind").asText());
            if (schema == null) {
                return List.of("no schema for this kind: " + object);
            }
            return schema.validate(object, InputFormat.JSON).stream()
                    .map(fault -> fault.getInstanceLocation() + ": " + fault.getMessage())
                    .toList();
        } catch (JsonProcessingException e) {
            return List.of(e.getMessage());
        }
    }

    private static Schema schema(String type) {
        try (InputStream file =
                Objects.requireNonNull(PublishedSchemas.class.getResourceAsStream("/kubernetes/v1.30.json"))) {
            JsonNode published = JSON.readTree(new String(file.readAllBytes(), UTF_8));
            ObjectNode schema = JSON.createObjectNode();
            schema.put("$ref", "#/$defs/" + type);
            schema.set("$defs", published.get("$defs"));
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
