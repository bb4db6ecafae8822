package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotesTest {
    @TempDir
    Path directory;

    @Test
    void sayHowToGoOn() throws IOException {
        assertThat(notes("{}"))
                .contains("http://mill-modelmill-gateway.serving.svc:7400")
                .contains("service/mill-modelmill-gateway 7401:7401")
                .contains("get secret gateway-auth -o 'go-template={{index .data \"admin-key\" | base64decode}}'")
                .contains("grpcurl -plaintext")
                .contains("mill-modelmill-artifacts");
    }

    @Test
    void followTheValues() throws IOException {
        assertThat(
                        notes(
                                "{gateway: {tls: {existingSecret: gateway-tls}}, registryService: {artifacts: {existingClaim: mine}}}"))
                .contains("https://mill-modelmill-gateway.serving.svc:7443")
                .contains("grpcurl -insecure")
                .doesNotContain("in the clear")
                .doesNotContain("mill-modelmill-artifacts");
    }

    private String notes(String values) throws IOException {
        Path file = directory.resolve("values.yaml");
        Chart.YAML.writeValue(file.toFile(), Chart.merge(Chart.yaml(Chart.REQUIRED), Chart.yaml(values)));
        Path chart = Chart.copy(directory.resolve("modelmill"));
        // A dry run without a cluster takes an elder Kubernetes than the chart allows.
        Path description = chart.resolve("Chart.yaml");
        Files.writeString(description, Files.readString(description).replaceAll("kubeVersion:.*", ""));
        String output = new Helm(chart)
                .install()
                .clientOnly()
                .dryRun()
                .withName(Chart.RELEASE)
                .withNamespace(Chart.NAMESPACE)
                .withValuesFile(file)
                .call()
                .getOutput();
        return output.substring(output.indexOf("NOTES:"));
    }
}
