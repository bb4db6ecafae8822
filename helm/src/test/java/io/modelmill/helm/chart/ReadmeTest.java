package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path README = Chart.directory().resolveSibling("README.md");

    @Test
    void exampleOfValuesRenders() throws IOException {
        assertThat(Chart.renderAlone(example()).all(Deployment.class)).hasSize(4);
    }

    /** Secrets that the example's pods mount or read are those that the commands make. */
    @Test
    void commandsMakeEverySecretOfTheExample() throws IOException {
        String readme = Files.readString(README);
        Set<String> secrets = new TreeSet<>();
        for (Deployment deployment : Chart.renderAlone(example()).all(Deployment.class)) {
            var pod = deployment.getSpec().getTemplate().getSpec();
            pod.getVolumes().stream()
                    .filter(volume -> volume.getSecret() != null)
                    .forEach(volume -> secrets.add(volume.getSecret().getSecretName()));
            pod.getContainers().getFirst().getEnv().stream()
                    .map(variable -> variable.getValueFrom().getSecretKeyRef())
                    .filter(Objects::nonNull)
                    .forEach(key -> secrets.add(key.getName()));
        }
        Set<String> made = new TreeSet<>(Set.of("gateway-database", "registry-database", "training-database"));
        assertThat(readme).contains("for database in gateway registry training;", "generic $database-database");
        Matcher commands =
                Pattern.compile("create secret (?:generic|tls) ([a-z-]+) ").matcher(readme);
        while (commands.find()) {
            made.add(commands.group(1));
        }
        assertThat(made).isEqualTo(secrets);
    }

    @Test
    void namesEveryFileOfTheGatewaysKeys() throws IOException {
        String readme = Files.readString(README);
        assertThat(Chart.renderAlone(example())
                        .of(Deployment.class, "gateway")
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getVolumes())
                .filteredOn(volume -> volume.getName().equals("auth"))
                .singleElement()
                .satisfies(volume -> assertThat(volume.getSecret().getItems())
                        .extracting(KeyToPath::getKey)
                        .isNotEmpty()
                        .allSatisfy(key -> assertThat(readme).contains("--from-file=" + key)));
    }

    private static String example() throws IOException {
        Matcher example = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertThat(example.find()).isTrue();
        return example.group(1);
    }
}
