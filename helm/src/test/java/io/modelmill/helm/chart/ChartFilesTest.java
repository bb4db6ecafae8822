package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartFilesTest {
    @TempDir
    Path copy;

    @Test
    void versionsAreTheProjects() {
        JsonNode chart = Chart.file("Chart.yaml");
        assertThat(chart.get("appVersion").asText()).isEqualTo(System.getProperty("project.version"));
        assertThat(chart.get("version").asText()).isEqualTo(System.getProperty("project.version"));
    }

    @Test
    void passesStrictLintAsItIs() {
        LintResult result = new Helm(Chart.directory()).lint().strict().call();
        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @Test
    void passesStrictLintWithEverythingSwitchedOn() throws IOException {
        Path chart = copyWith(Chart.merge(
                Chart.merge(Chart.file("values.yaml"), Chart.yaml(Chart.REQUIRED)), Chart.yaml(Chart.EVERYTHING)));
        LintResult result = new Helm(chart).lint().strict().call();
        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    @Test
    void lintRefusesMisspeltValue() throws IOException {
        Path chart = copyWith(Chart.merge(Chart.file("values.yaml"), Chart.yaml("kafka: {bootstrapServer: a:1}")));
        LintResult result = new Helm(chart).lint().strict().call();
        assertThat(result.isFailed()).isTrue();
        assertThat(result.getMessages())
                .anySatisfy(message -> assertThat(message).contains("bootstrapServer"));
    }

    /** A comment of its own stands over each value; free-form maps' own entries go without. */
    @Test
    void everyValueHasAComment() throws IOException {
        List<String> lines = Files.readAllLines(Chart.directory().resolve("values.yaml"));
        List<String> freeForm = List.of("cpu", "memory");
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#") || freeForm.contains(line.split(":", 2)[0])) {
                continue;
            }
            assertThat(lines.get(i - 1).strip())
                    .as("line over %s (line %d)", line, i + 1)
                    .startsWith("# ");
        }
    }

    private Path copyWith(JsonNode values) throws IOException {
        Path chart = Chart.copy(copy.resolve("modelmill"));
        Chart.YAML.writeValue(chart.resolve("values.yaml").toFile(), values);
        return chart;
    }
}
