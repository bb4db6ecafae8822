package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    private static final List<String> SECRET_WORDS =
            List.of("PASSWORD", "USERNAME", "SECRET", "PEPPER", "KEY", "TOKEN");

    @Test
    void chartMakesNoSecret() {
        assertThat(Chart.render(Chart.EVERYTHING).text()).doesNotContain("kind: Secret");
    }

    @Test
    void configHoldsPathsOfSecretsAndNoSecret() {
        for (ConfigMap map : Chart.render(Chart.EVERYTHING).all(ConfigMap.class)) {
            map.getData().forEach((name, value) -> {
                if (SECRET_WORDS.stream().anyMatch(name::contains)) {
                    assertThat(value).as(name).startsWith("/etc/modelmill/");
                }
                assertThat(value.toLowerCase(Locale.ROOT)).doesNotContain("password=", "user=");
            });
        }
    }

    @Test
    void variablesThatAreSecretComeFromSecrets() {
        for (Deployment deployment : Chart.render().all(Deployment.class)) {
            for (EnvVar variable : container(deployment).getEnv()) {
                assertThat(variable.getValue()).as(variable.getName()).isNull();
                EnvVarSource source = variable.getValueFrom();
                // What is no secret comes from the pod itself.
                if (source.getFieldRef() != null) {
                    assertThat(source.getFieldRef().getFieldPath())
                            .as(variable.getName())
                            .isEqualTo("metadata.name");
                } else {
                    assertThat(source.getSecretKeyRef()).as(variable.getName()).isNotNull();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "registry-service", "training-service"})
    void databaseCredentialsComeFromTheServicesOwnSecret(String component) {
        List<EnvVar> variables =
                container(Chart.render().of(Deployment.class, component)).getEnv();
        assertThat(variables)
                .extracting(EnvVar::getName)
                .containsExactly("QUARKUS_DATASOURCE_USERNAME", "QUARKUS_DATASOURCE_PASSWORD");
        assertThat(variables)
                .extracting(
                        variable -> variable.getValueFrom().getSecretKeyRef().getName())
                .containsOnly(component.replace("-service", "") + "-database");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "registry-service", "training-service", "inference-service"})
    void podSeesTheTrustedKeysAndItsOwnPrivateKeyAlone(String component) {
        PodSpec pod = Chart.render(Chart.EVERYTHING)
                .of(Deployment.class, component)
                .getSpec()
                .getTemplate()
                .getSpec();
        List<Volume> keys = pod.getVolumes().stream()
                .filter(volume -> volume.getSecret() != null
                        && volume.getSecret().getSecretName().equals("token-keys"))
                .toList();
        assertThat(keys).hasSize(1);
        assertThat(keys.getFirst().getSecret().getItems())
                .extracting(KeyToPath::getKey)
                .containsExactly("trusted.json", component + ".json");
    }

    @Test
    void secretFilesAreReadOnlyAndForTheServiceAlone() {
        for (Deployment deployment : Chart.render(Chart.EVERYTHING).all(Deployment.class)) {
            PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            List<Volume> secrets = pod.getVolumes().stream()
                    .filter(volume -> volume.getSecret() != null)
                    .toList();
            assertThat(secrets).isNotEmpty().allSatisfy(volume -> {
                assertThat(volume.getSecret().getDefaultMode()).isEqualTo(0400);
                assertThat(volume.getSecret().getItems()).isNotEmpty();
                assertThat(container(deployment).getVolumeMounts())
                        .filteredOn(mount -> mount.getName().equals(volume.getName()))
                        .singleElement()
                        .satisfies(mount -> assertThat(mount.getReadOnly()).isTrue());
            });
        }
    }

    @Test
    void everyConfiguredFileIsMounted() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        for (ConfigMap map : manifests.all(ConfigMap.class)) {
            String name = map.getMetadata().getName();
            Deployment deployment = manifests.all(Deployment.class).stream()
                    .filter(candidate -> candidate.getMetadata().getName().equals(name))
                    .findFirst()
                    .orElseThrow();
            List<String> files = deployment.getSpec().getTemplate().getSpec().getVolumes().stream()
                    .filter(volume -> volume.getSecret() != null)
                    .flatMap(volume -> volume.getSecret().getItems().stream()
                            .map(item -> mountPath(deployment, volume) + "/" + item.getPath()))
                    .toList();
            assertThat(map.getData().values())
                    .filteredOn(value -> value.startsWith("/etc/"))
                    .isNotEmpty()
                    .isSubsetOf(files);
            assertThat(map.getData().values())
                    .filteredOn(value -> value.contains("sslrootcert="))
                    .allSatisfy(url -> assertThat(files)
                            .contains(url.substring(url.indexOf('=', url.indexOf("sslrootcert")) + 1)));
        }
    }

    private static String mountPath(Deployment deployment, Volume volume) {
        return container(deployment).getVolumeMounts().stream()
                .filter(mount -> mount.getName().equals(volume.getName()))
                .findFirst()
                .orElseThrow()
                .getMountPath();
    }

    private static Container container(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }
}
