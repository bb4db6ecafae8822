package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesSchemaTest {
    private static final JsonNode SCHEMA = Chart.file("values.schema.json");
    private static final JsonNode VALUES = Chart.file("values.yaml");

    static Stream<List<String>> objects() {
        List<List<String>> paths = new ArrayList<>();
        collect(List.of(), VALUES, true, paths);
        return paths.stream();
    }

    static Stream<List<String>> leaves() {
        List<List<String>> paths = new ArrayList<>();
        collect(List.of(), VALUES, false, paths);
        return paths.stream();
    }

    @ParameterizedTest
    @MethodSource("objects")
    void misspeltValueIsRefusedAtEveryLevel(List<String> path) {
        List<String> misspelt = append(path, "misspelt");
        assertThat(Chart.fault(with(misspelt, JsonNodeFactory.instance.textNode("x"))))
                .contains("misspelt")
                .contains("not allowed");
    }

    /** Neither text nor number nor list nor object can take another's place. */
    @ParameterizedTest
    @MethodSource("leaves")
    void wrongTypeIsRefused(List<String> path) {
        JsonNode value = at(VALUES, path);
        JsonNode wrong = value.isTextual()
                ? JsonNodeFactory.instance.numberNode(-7)
                : value.isArray()
                        ? JsonNodeFactory.instance.objectNode().put("a", "b")
                        : JsonNodeFactory.instance.textNode("no such value");
        assertThat(Chart.fault(with(path, wrong)))
                .contains("values don't meet the specifications of the schema")
                .contains(path.getLast());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql: {port: 0}",
                "postgresql: {port: 65536}",
                "postgresql: {host: 'db/other?ssl=false'}",
                "postgresql: {sslMode: yes-please}",
                "kafka: {bootstrapServers: kafka}",
                "telemetry: {otlpEndpoint: 'collector:4317'}",
                "logLevel: LOUD",
                "fullnameOverride: Upper",
                "image: {pullPolicy: Sometimes}",
                "drain: {preStopSeconds: -1}",
                "security: {runAsUser: 0}",
                "topologySpread: {whenUnsatisfiable: Never}",
                "podDisruptionBudget: {maxUnavailable: 0}",
                "imagePullSecrets: [pull]",
                "networkPolicy: {gatewayClients: [{podselector: {}}]}",
                "networkPolicy: {gatewayClients: [{ipBlock: {cidrs: a}}]}",
                "networkPolicy: {egress: {external: [{port: 1}]}}",
                "gateway: {replicas: 0}",
                "gateway: {replicas: 1.5}",
                "gateway: {image: {digest: 'sha256:12'}}",
                "gateway: {image: {tag: 'a:b'}}",
                "gateway: {service: {type: ExternalName}}",
                "gateway: {javaOptions: [Xmx1g]}",
                "gateway: {extraEnv: [{name: A, value: 1}]}",
                "gateway: {extraEnv: [{value: a}]}",
                "gateway: {extraEnv: [{name: A, valueFrom: {secretRef: {name: b}}}]}",
                "gateway: {resources: {limit: {cpu: 1}}}",
                "gateway: {resources: {limits: {memory: 1 GB}}}",
                "gateway: {tolerations: [{effects: NoSchedule}]}",
                "gateway: {affinity: {node: {}}}",
                "gateway: {podLabels: {a: 1}}",
                "commonLabels: {app.kubernetes.io/name: other}",
                "gateway: {podLabels: {app.kubernetes.io/component: inference-service}}",
                "monitoring: {labels: {helm.sh/chart: other}}",
                "registryService: {artifacts: {accessMode: ReadOnlyMany}}",
                "registryService: {artifacts: {size: big}}",
                "registryService: {autoscaling: {enabled: true}}",
                "trainingService: {runner: {type: docker}}",
                "trainingService: {runner: {kubernetes: {maxWorkers: 0}}}",
                "trainingService: {runner: {kubernetes: {workSize: 20Gi}}}",
                "trainingService: {runner: {kubernetes: {memory: much}}}",
                "trainingService: {runner: {kubernetes: {tolerations: ['gpu:Sometimes']}}}",
                "trainingService: {runner: {kubernetes: {secrets: ['']}}}",
                "trainingService: {runner: {kubernetes: {startTimeout: 15m}}}",
                "trainingService: {runner: {kubernetes: {classes: {gpu-small: {}}}}}",
                "trainingService: {runner: {kubernetes: {classes: {large: {nodes: {}}}}}}",
                "inferenceService: {gpu: {count: 0}}",
                "inferenceService: {database: {name: a}}",
            })
    void valueThatCannotWorkIsRefused(String values) {
        assertThat(Chart.fault(values)).contains("values don't meet the specifications of the schema");
    }

    /** What has no default is not in values.yaml, so the schema's closed objects are counted here as well. */
    @Test
    void everyObjectOfTheSchemaIsClosed() {
        Set<String> open = new TreeSet<>();
        findOpen("", SCHEMA, open);
        // Helm's own key for subcharts, and what the Kubernetes API alone can check.
        assertThat(open).containsExactly("/definitions/kubernetesObject", "/properties/global");
    }

    @Test
    void schemaAndValuesNameTheSameKeys() {
        compare("", SCHEMA, VALUES);
    }

    private static void compare(String path, JsonNode schema, JsonNode values) {
        JsonNode resolved = resolve(schema);
        if (!resolved.has("properties")) {
            return;
        }
        Set<String> inSchema = new TreeSet<>();
        resolved.get("properties").fieldNames().forEachRemaining(inSchema::add);
        inSchema.remove("global");
        Set<String> inValues = new TreeSet<>();
        values.fieldNames().forEachRemaining(inValues::add);
        if (path.endsWith("/affinity")) {
            return;
        }
        assertThat(inValues).as("keys of values at %s", path).isEqualTo(inSchema);
        inSchema.forEach(
                key -> compare(path + "/" + key, resolved.get("properties").get(key), values.get(key)));
    }

    private static void findOpen(String path, JsonNode schema, Set<String> open) {
        if (schema.path("type").asText().equals("object")
                && schema.path("additionalProperties")
                        .asBoolean(!schema.path("additionalProperties").isObject())) {
            open.add(path);
        }
        schema.properties().forEach(field -> findOpen(path + "/" + field.getKey(), field.getValue(), open));
    }

    /** Paths of closed objects, or of everything else, in the chart's own values. */
    private static void collect(List<String> path, JsonNode value, boolean objects, List<List<String>> into) {
        boolean closed = resolve(schemaAt(path)).has("properties");
        if (value.isObject() && closed) {
            if (objects) {
                into.add(path);
            }
            value.properties().forEach(field -> collect(append(path, field.getKey()), field.getValue(), objects, into));
        } else if (!objects) {
            into.add(path);
        }
    }

    private static JsonNode schemaAt(List<String> path) {
        JsonNode schema = SCHEMA;
        for (String key : path) {
            schema = resolve(schema).path("properties").path(key);
        }
        return schema;
    }

    private static JsonNode resolve(JsonNode schema) {
        return schema.has("$ref") ? SCHEMA.at(schema.get("$ref").asText().substring(1)) : schema;
    }

    private static JsonNode with(List<String> path, JsonNode value) {
        JsonNode nested = value;
        for (String key : path.reversed()) {
            ObjectNode parent = JsonNodeFactory.instance.objectNode();
            parent.set(key, nested);
            nested = parent;
        }
        return Chart.merge(Chart.yaml(Chart.REQUIRED), nested);
    }

    private static JsonNode at(JsonNode node, List<String> path) {
        JsonNode value = node;
        for (String key : path) {
            value = value.path(key);
        }
        return value;
    }

    private static List<String> append(List<String> path, String key) {
        return Stream.concat(path.stream(), Stream.of(key)).toList();
    }
}
