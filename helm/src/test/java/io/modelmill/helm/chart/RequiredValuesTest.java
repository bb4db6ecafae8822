package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequiredValuesTest {
    @Test
    void allThatIsMissingIsNamedAtOnce() {
        assertThat(Chart.fault(JsonNodeFactory.instance.objectNode()))
                .contains(
                        "postgresql.host: not set (expected: the host name of your PostgreSQL server)",
                        "kafka.bootstrapServers: not set",
                        "tokenKeys.existingSecret: not set",
                        "gateway.auth.existingSecret: not set",
                        "gateway.database.existingSecret: not set",
                        "registryService.database.existingSecret: not set",
                        "trainingService.database.existingSecret: not set")
                .doesNotContain("inferenceService");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            postgresql: {host: ""}                             | postgresql.host: not set
            kafka: {bootstrapServers: ""}                      | kafka.bootstrapServers: not set
            tokenKeys: {existingSecret: ""}                    | tokenKeys.existingSecret: not set
            gateway: {auth: {existingSecret: ""}}              | gateway.auth.existingSecret: not set
            gateway: {database: {existingSecret: ""}}          | gateway.database.existingSecret: not set
            registryService: {database: {existingSecret: ""}}  | registryService.database.existingSecret: not set
            trainingService: {database: {existingSecret: ""}}  | trainingService.database.existingSecret: not set
            postgresql: {sslMode: verify-full}                 | caCertificate.existingSecret: not set (expected: the name of a secret, for sslMode is verify-full)
            registryService: {replicas: 2}                     | registryService.replicas: 2 (expected: 1, for artifacts.accessMode is ReadWriteOnce and not ReadWriteMany)
            gateway: {autoscaling: {minReplicas: 20}}          | gateway.autoscaling.minReplicas: 20 (expected: <= maxReplicas, 10)
            monitoring: {enabled: true}                        | networkPolicy.metricsClients: empty
            monitoring: {podAnnotations: true}                 | networkPolicy.metricsClients: empty
            networkPolicy: {egress: {enabled: true}}           | networkPolicy.egress.external: empty
            """)
    void valueThatIsMissingOrDoesNotFitIsNamed(String values, String fault) {
        String message = Chart.fault(values);
        assertThat(message).contains(fault);
        assertThat(message.lines().filter(line -> line.startsWith("  - "))).hasSize(1);
    }
}
