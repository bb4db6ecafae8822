package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** The chart under test, as files and as Helm renders it. */
final class Chart {
    static final YAMLMapper YAML = new YAMLMapper();

    /** The eldest that the chart allows; left to itself, Helm takes one older still. */
    private static final String KUBERNETES = "1.30.0";

    static final String RELEASE = "mill";
    static final String NAMESPACE = "serving";

    /** Deployments' names without the release's, and the keys of their values. */
    static final Map<String, String> COMPONENTS = Map.of(
            "gateway", "gateway",
            "registry-service", "registryService",
            "training-service", "trainingService",
            "inference-service", "inferenceService");

    /** All that an installation must set. */
    static final String REQUIRED = """
            postgresql: {host: postgres.data}
            kafka: {bootstrapServers: "kafka-0.data:9092,kafka-1.data:9092"}
            tokenKeys: {existingSecret: token-keys}
            gateway: {auth: {existingSecret: gateway-auth}, database: {existingSecret: gateway-database}}
            registryService: {database: {existingSecret: registry-database}}
            trainingService: {database: {existingSecret: training-database}}
            """;

    /** Everything switched on that can be, at once. */
    static final String EVERYTHING = """
            commonLabels: {team: models}
            image: {registry: registry.example.com/ml, tag: v7}
            imagePullSecrets: [{name: pull}]
            postgresql: {sslMode: verify-full, caCertificate: {existingSecret: postgres-ca}}
            telemetry: {otlpEndpoint: "http://collector.observability:4317"}
            monitoring: {enabled: true, podAnnotations: true, labels: {release: prometheus}}
            networkPolicy:
              gatewayClients: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.9.0.0/16]}}]
              backendClients: [{podSelector: {matchLabels: {calls: models}}}]
              metricsClients: [{namespaceSelector: {matchLabels: {name: monitoring}}}]
              egress: {enabled: true, external: [{ports: [{port: 5432}, {port: 9092}]}]}
            podDisruptionBudget: {maxUnavailable: 50%}
            gateway:
              service: {type: LoadBalancer, annotations: {a: b}, loadBalancerSourceRanges: [10.0.0.0/8]}
              tls: {existingSecret: gateway-tls}
              autoscaling: {enabled: true}
              priorityClassName: high
              extraEnv: [{name: A, value: b}, {name: C, valueFrom: {secretKeyRef: {name: d, key: e}}}]
              podLabels: {l: m}
              podAnnotations: {n: o}
              nodeSelector: {disk: fast}
              tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
              affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [
                {weight: 1, preference: {matchExpressions: [{key: k, operator: In, values: [v]}]}}]}}
              serviceAccount: {annotations: {p: q}}
            registryService:
              replicas: 2
              artifacts: {accessMode: ReadWriteMany, storageClass: shared}
            inferenceService:
              image: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
              gpu: {enabled: true, count: 2}
              runtimeClassName: nvidia
              autoscaling: {enabled: true, maxReplicas: 4}
            """;

    private Chart() {}

    static Path directory() {
        return Path.of(System.getProperty("chart.directory"));
    }

    /** A file of the chart, YAML or JSON. */
    static JsonNode file(String name) {
        try {
            return (name.endsWith(".json") ? new JsonMapper() : YAML)
                    .readTree(directory().resolve(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Copies the chart to the path, so that a test can alter it. */
    static Path copy(Path target) throws IOException {
        try (Stream<Path> files = Files.walk(directory())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(directory().relativize(file).toString()));
            }
        }
        return target;
    }

    /** Renders with the required values and those over them, the last one strongest. */
    static Manifests render(String... overrides) {
        JsonNode values = yaml(REQUIRED);
        for (String override : overrides) {
            values = merge(values, yaml(override));
        }
        return new Manifests(template(values));
    }

    /** Renders with these values alone over the chart's own. */
    static Manifests renderAlone(String values) {
        return new Manifests(template(yaml(values)));
    }

    /** Renders with the required values and those over them, which must fail. */
    static String fault(String... overrides) {
        JsonNode values = yaml(REQUIRED);
        for (String override : overrides) {
            values = merge(values, yaml(override));
        }
        return fault(values);
    }

    /** Renders with these values alone over the chart's own, which must fail. */
    static String fault(JsonNode values) {
        Throwable failure = catchThrowable(() -> template(values));
        assertThat(failure).as("failure with the values %s", values).isNotNull();
        return String.valueOf(failure.getMessage());
    }

    static JsonNode yaml(String text) {
        try {
            return YAML.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As Helm merges values: objects key by key, all else replaced. */
    static JsonNode merge(JsonNode under, JsonNode over) {
        if (!(under instanceof ObjectNode) || !(over instanceof ObjectNode)) {
            return over;
        }
        ObjectNode merged = under.deepCopy();
        over.properties().forEach(field -> {
            JsonNode present = merged.get(field.getKey());
            merged.set(field.getKey(), present == null ? field.getValue() : merge(present, field.getValue()));
        });
        return merged;
    }

    private static String template(JsonNode values) {
        try {
            Path file = Files.createTempFile("values", ".yaml");
            try {
                YAML.writeValue(file.toFile(), values);
                return new Helm(directory())
                        .template()
                        .withName(RELEASE)
                        .withNamespace(NAMESPACE)
                        .withKubeVersion(KUBERNETES)
                        .withValuesFile(file)
                        .call();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
