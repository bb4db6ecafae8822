package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    /** Kafka's own, and the one that Quarkus's endpoint of traces is taken from; these have no mapping. */
    private static final Set<String> UNMAPPED = Set.of("kafka.bootstrap.servers", "otel.exporter.otlp.endpoint");

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "registry-service", "training-service", "inference-service"})
    void everyVariableIsAPropertyThatTheServiceHas(String component) {
        Set<String> properties = new HashSet<>(DeclaredProperties.ofQuarkus());
        properties.addAll(DeclaredProperties.ofModule("service-kit"));
        properties.addAll(DeclaredProperties.ofModule(component));
        properties.addAll(UNMAPPED);
        Set<String> variables = properties.stream().map(ConfigTest::variable).collect(Collectors.toSet());
        Manifests manifests = Chart.render(Chart.EVERYTHING, "gateway: {extraEnv: []}");
        assertThat(manifests.of(ConfigMap.class, component).getData().keySet()).isSubsetOf(variables);
        assertThat(environment(manifests, component))
                .extracting(EnvVar::getName)
                .isSubsetOf(variables);
    }

    @Test
    void podsTakeTheConfigOfTheirOwnComponent() {
        Manifests manifests = Chart.render();
        for (String component : Chart.COMPONENTS.keySet()) {
            assertThat(manifests
                            .of(Deployment.class, component)
                            .getSpec()
                            .getTemplate()
                            .getSpec()
                            .getContainers()
                            .getFirst()
                            .getEnvFrom())
                    .singleElement()
                    .satisfies(source -> assertThat(source.getConfigMapRef().getName())
                            .isEqualTo(manifests
                                    .of(ConfigMap.class, component)
                                    .getMetadata()
                                    .getName()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gateway, QUARKUS_DATASOURCE_JDBC_URL, jdbc:postgresql://postgres.data:5432/gateway?sslmode=prefer",
        "registry-service, QUARKUS_DATASOURCE_JDBC_URL, jdbc:postgresql://postgres.data:5432/registry?sslmode=prefer",
        "training-service, QUARKUS_DATASOURCE_JDBC_URL, jdbc:postgresql://postgres.data:5432/training?sslmode=prefer",
        "registry-service, KAFKA_BOOTSTRAP_SERVERS, 'kafka-0.data:9092,kafka-1.data:9092'",
        "training-service, KAFKA_BOOTSTRAP_SERVERS, 'kafka-0.data:9092,kafka-1.data:9092'",
        "inference-service, KAFKA_BOOTSTRAP_SERVERS, 'kafka-0.data:9092,kafka-1.data:9092'",
        "gateway, KAFKA_BOOTSTRAP_SERVERS, 'kafka-0.data:9092,kafka-1.data:9092'",
        "gateway, MODELMILL_DEAD_LETTER_TOPIC_REPLICATION_FACTOR, 3",
        "inference-service, MODELMILL_PLACEMENT_DEAD_LETTER_REPLICATION_FACTOR, 3",
        "registry-service, MODELMILL_MODEL_VERSIONS_TOPIC_REPLICATION_FACTOR, 3",
        "training-service, MODELMILL_TRAINING_EVENTS_TOPIC_REPLICATION_FACTOR, 3",
        "registry-service, MODELMILL_ARTIFACTS_DIRECTORY, /var/lib/modelmill/artifacts",
        "training-service, MODELMILL_RUNNER_LOCAL_WORK_DIRECTORY, /var/lib/modelmill/work",
        "inference-service, MODELMILL_CACHE_DIRECTORY, /var/lib/modelmill/cache",
        "inference-service, MODELMILL_SESSION_DEVICE, cpu",
        "gateway, QUARKUS_SHUTDOWN_TIMEOUT, 30s",
    })
    void serviceIsToldWhatItNeeds(String component, String variable, String value) {
        assertThat(config(component)).containsEntry(variable, value);
    }

    @Test
    void serviceIsToldNothingThatItDoesNotUse() {
        assertThat(config("inference-service")).doesNotContainKey("QUARKUS_DATASOURCE_JDBC_URL");
        assertThat(environment(Chart.render(), "inference-service"))
                .extracting(EnvVar::getName)
                .containsExactly("MODELMILL_REPLICA_NAME");
    }

    @Test
    void tracesAreExportedOnlyWhenAnEndpointIsSet() {
        String variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
        for (String component : Chart.COMPONENTS.keySet()) {
            assertThat(config(component)).doesNotContainKey(variable);
            assertThat(config(component, "telemetry: {otlpEndpoint: 'http://collector:4317'}"))
                    .containsEntry(variable, "http://collector:4317");
        }
    }

    /** Without this default of every service the variable would do nothing. */
    @Test
    void servicesTakeTheEndpointFromTheVariable() throws IOException {
        String defaults = Files.readString(Chart.directory()
                .resolve("../../service-kit/src/main/resources/META-INF/microprofile-config.properties"));
        assertThat(defaults).contains("quarkus.otel.exporter.otlp.endpoint=${otel.exporter.otlp.endpoint:");
    }

    @Test
    void gatewayServesTlsOnlyWithACertificate() {
        assertThat(config("gateway").keySet()).noneMatch(name -> name.contains("SSL"));
        assertThat(config("gateway", "gateway: {tls: {existingSecret: gateway-tls}}"))
                .containsEntry("QUARKUS_GRPC_SERVER_PLAIN_TEXT", "false")
                .containsEntry("QUARKUS_GRPC_SERVER_SSL_CERTIFICATE", "/etc/modelmill/tls/tls.crt")
                .containsEntry("QUARKUS_HTTP_SSL_CERTIFICATE_KEY_FILES", "/etc/modelmill/tls/tls.key");
    }

    @Test
    void inferenceRunsOnTheGpuThatItGets() {
        assertThat(config("inference-service", "inferenceService: {gpu: {enabled: true}}"))
                .containsEntry("MODELMILL_SESSION_DEVICE", "cuda");
    }

    @Test
    void databaseIsVerifiedAgainstTheMountedAuthority() {
        assertThat(config(
                        "registry-service",
                        "postgresql: {sslMode: verify-full, caCertificate: {existingSecret: postgres-ca}}"))
                .containsEntry(
                        "QUARKUS_DATASOURCE_JDBC_URL",
                        "jdbc:postgresql://postgres.data:5432/registry?sslmode=verify-full"
                                + "&sslrootcert=/etc/modelmill/postgresql/ca.crt");
    }

    private static String variable(String property) {
        return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private static Map<String, String> config(String component, String... values) {
        return Chart.render(values).of(ConfigMap.class, component).getData();
    }

    private static List<EnvVar> environment(Manifests manifests, String component) {
        return manifests
                .of(Deployment.class, component)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv();
    }
}
