package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeploymentsTest {
    @Test
    void thereAreTheFourServices() {
        assertThat(Chart.render().all(Deployment.class))
                .extracting(deployment -> deployment.getMetadata().getName())
                .containsExactlyInAnyOrderElementsOf(Chart.COMPONENTS.keySet().stream()
                        .map(component -> "mill-modelmill-" + component)
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({
        "gateway,7400,7401",
        "registry-service,7410,7411",
        "training-service,7420,7421",
        "inference-service,7430,7431"
    })
    void portsAndProbesAreTheServices(String component, int http, int grpc) {
        Container container = container(Chart.render(), component);
        assertThat(container.getPorts())
                .extracting(ContainerPort::getName, ContainerPort::getContainerPort)
                .containsExactly(tuple("http", http), tuple("grpc", grpc));
        assertProbe(container.getStartupProbe(), "/q/health/live");
        assertProbe(container.getLivenessProbe(), "/q/health/live");
        assertProbe(container.getReadinessProbe(), "/q/health/ready");
    }

    @Test
    void replicasOfInferenceServiceAreCalledAsTheirPods() {
        assertThat(container(Chart.render(), "inference-service").getEnv())
                .filteredOn(variable -> variable.getName().equals("MODELMILL_REPLICA_NAME"))
                .extracting(variable -> variable.getValueFrom().getFieldRef().getFieldPath())
                .containsExactly("metadata.name");
    }

    @Test
    void startupProbeGivesTheTimeOfTheValue() {
        for (Map.Entry<String, String> component : Chart.COMPONENTS.entrySet()) {
            Probe probe = container(Chart.render(component.getValue() + ": {startupSeconds: 91}"), component.getKey())
                    .getStartupProbe();
            assertThat(probe.getPeriodSeconds() * probe.getFailureThreshold()).isBetween(91, 92);
        }
    }

    @Test
    void podsHaveNoRights() {
        for (Deployment deployment : Chart.render().all(Deployment.class)) {
            PodSpec pod = pod(deployment);
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(10001L);
            assertThat(pod.getSecurityContext().getFsGroup()).isEqualTo(10001L);
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getContainers()).singleElement().satisfies(container -> {
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                        .isFalse();
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .isTrue();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
            });
        }
    }

    @Test
    void platformMayChooseTheUser() {
        for (Deployment deployment :
                Chart.render("security: {runAsUser: null, fsGroup: null}").all(Deployment.class)) {
            assertThat(pod(deployment).getSecurityContext().getRunAsUser()).isNull();
            assertThat(pod(deployment).getSecurityContext().getFsGroup()).isNull();
            assertThat(pod(deployment).getSecurityContext().getRunAsNonRoot()).isTrue();
        }
    }

    /** A service link of the gateway is MODELMILL_GATEWAY_PORT, which would be read as a property. */
    @Test
    void serviceLinksAddNoVariables() {
        assertThat(Chart.render().all(Deployment.class))
                .allSatisfy(deployment ->
                        assertThat(pod(deployment).getEnableServiceLinks()).isFalse());
    }

    @Test
    void serviceAccountsExistAndMountNoToken() {
        Manifests manifests = Chart.render();
        assertThat(manifests.all(ServiceAccount.class))
                .hasSize(4)
                .allSatisfy(account ->
                        assertThat(account.getAutomountServiceAccountToken()).isFalse());
        assertThat(manifests.all(Deployment.class))
                .allSatisfy(deployment -> assertThat(manifests.all(ServiceAccount.class))
                        .extracting(account -> account.getMetadata().getName())
                        .contains(pod(deployment).getServiceAccountName()));
    }

    @Test
    void serviceAccountMayBeAnothersOwn() {
        Manifests manifests = Chart.render(
                "gateway: {serviceAccount: {create: false, name: own}}",
                "registryService: {serviceAccount: {create: false}}");
        assertThat(manifests.all(ServiceAccount.class)).hasSize(2);
        assertThat(pod(manifests.of(Deployment.class, "gateway")).getServiceAccountName())
                .isEqualTo("own");
        assertThat(pod(manifests.of(Deployment.class, "registry-service")).getServiceAccountName())
                .isEqualTo("default");
    }

    @Test
    void everythingThatIsWrittenIsOnAVolume() {
        Manifests manifests = Chart.render();
        for (Deployment deployment : manifests.all(Deployment.class)) {
            assertThat(container(deployment).getVolumeMounts())
                    .anySatisfy(mount -> assertThat(mount.getMountPath()).isEqualTo("/tmp"));
            assertThat(pod(deployment).getVolumes())
                    .filteredOn(volume -> volume.getEmptyDir() != null)
                    .allSatisfy(volume ->
                            assertThat(volume.getEmptyDir().getSizeLimit()).isNotNull());
            assertThat(pod(deployment).getVolumes())
                    .extracting(Volume::getName)
                    .containsExactlyInAnyOrderElementsOf(container(deployment).getVolumeMounts().stream()
                            .map(mount -> mount.getName())
                            .toList());
        }
        assertThat(writable(manifests, "registry-service")).containsExactly("/tmp", "/var/lib/modelmill/artifacts");
        assertThat(writable(manifests, "training-service")).containsExactly("/tmp", "/var/lib/modelmill/work");
        assertThat(writable(manifests, "inference-service")).containsExactly("/tmp", "/var/lib/modelmill/cache");
        assertThat(writable(manifests, "gateway")).containsExactly("/tmp");
    }

    @Test
    void graceIsLongEnoughForTheDrain() {
        Manifests manifests = Chart.render("drain: {preStopSeconds: 7, timeoutSeconds: 60}");
        assertThat(manifests.all(Deployment.class)).allSatisfy(deployment -> {
            assertThat(pod(deployment).getTerminationGracePeriodSeconds()).isEqualTo(72L);
            if (deployment.getMetadata().getName().endsWith("inference-service")) {
                assertThat(container(deployment).getLifecycle())
                        .as("it sleeps after SIGTERM by itself")
                        .isNull();
            } else {
                assertThat(container(deployment)
                                .getLifecycle()
                                .getPreStop()
                                .getSleep()
                                .getSeconds())
                        .isEqualTo(7L);
            }
        });
        assertThat(manifests.of(ConfigMap.class, "inference-service").getData())
                .containsEntry("MODELMILL_DRAIN_PAUSE", "7s")
                .containsEntry("MODELMILL_DRAIN_LIMIT", "60s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ReadWriteOnce", "ReadWriteOncePod"})
    void registryIsRecreatedWhereItsVolumeIsForOne(String accessMode) {
        Manifests manifests = Chart.render("registryService: {artifacts: {accessMode: " + accessMode + "}}");
        assertThat(manifests
                        .of(Deployment.class, "registry-service")
                        .getSpec()
                        .getStrategy()
                        .getType())
                .isEqualTo("Recreate");
        assertThat(manifests.all(PersistentVolumeClaim.class)).singleElement().satisfies(claim -> {
            assertThat(claim.getSpec().getAccessModes()).containsExactly(accessMode);
            assertThat(claim.getMetadata().getAnnotations()).containsEntry("helm.sh/resource-policy", "keep");
            assertThat(claimOf(manifests)).isEqualTo(claim.getMetadata().getName());
        });
    }

    @Test
    void registryRollsWhereItsVolumeIsShared() {
        Deployment registry = Chart.render("registryService: {replicas: 2, artifacts: {accessMode: ReadWriteMany}}")
                .of(Deployment.class, "registry-service");
        assertThat(registry.getSpec().getStrategy().getType()).isEqualTo("RollingUpdate");
        assertThat(registry.getSpec().getReplicas()).isEqualTo(2);
    }

    @Test
    void registryTakesAnExistingClaim() {
        Manifests manifests = Chart.render("registryService: {artifacts: {existingClaim: mine}}");
        assertThat(manifests.all(PersistentVolumeClaim.class)).isEmpty();
        assertThat(claimOf(manifests)).isEqualTo("mine");
    }

    @Test
    void gpuIsALimitBesideTheOthers() {
        Container container = container(Chart.render("inferenceService: {gpu: {enabled: true}}"), "inference-service");
        assertThat(container.getResources().getLimits())
                .containsEntry("nvidia.com/gpu", new Quantity("1"))
                .containsEntry("memory", new Quantity("4Gi"));
        assertThat(container(Chart.render(), "inference-service").getResources().getLimits())
                .containsOnlyKeys("memory");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            image: {}                                                                        | modelmill/gateway:%s
            image: {registry: r.example/ml}                                                  | r.example/ml/modelmill/gateway:%s
            image: {tag: v7}                                                                 | modelmill/gateway:v7
            {image: {tag: v7}, gateway: {image: {tag: v8}}}                                  | modelmill/gateway:v8
            gateway: {image: {repository: own/door, tag: v8, digest: "sha256:%s"}}           | own/door@sha256:%s
            """)
    void imageIsOfRegistryRepositoryAndTagOrDigest(String values, String image) {
        String digest = "ab".repeat(32);
        String expected = image.replace("%s", image.contains("@") ? digest : System.getProperty("project.version"));
        assertThat(container(Chart.render(values.replace("%s", digest)), "gateway")
                        .getImage())
                .isEqualTo(expected);
    }

    @Test
    void podsAreReplacedWhenTheirConfigChanges() {
        String before = checksum(Chart.render(), "inference-service");
        assertThat(checksum(Chart.render(), "inference-service")).isEqualTo(before);
        assertThat(checksum(Chart.render("logLevel: DEBUG"), "inference-service"))
                .isNotEqualTo(before);
    }

    @Test
    void podLabelWinsOverACommonOne() {
        assertThat(Chart.render("{commonLabels: {team: all}, gateway: {podLabels: {team: door}}}")
                        .of(Deployment.class, "gateway")
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels())
                .containsEntry("team", "door");
    }

    @Test
    void everythingElseReachesThePods() {
        PodSpec pod = pod(Chart.render(Chart.EVERYTHING).of(Deployment.class, "gateway"));
        assertThat(pod.getImagePullSecrets()).extracting("name").containsExactly("pull");
        assertThat(pod.getPriorityClassName()).isEqualTo("high");
        assertThat(pod.getNodeSelector()).containsEntry("disk", "fast");
        assertThat(pod.getTolerations())
                .singleElement()
                .satisfies(taint -> assertThat(taint.getKey()).isEqualTo("gpu"));
        assertThat(pod.getAffinity().getNodeAffinity()).isNotNull();
        assertThat(pod.getTopologySpreadConstraints()).hasSize(2);
        assertThat(pod.getContainers().getFirst().getEnv()).extracting("name").contains("A", "C");
        assertThat(pod(Chart.render(Chart.EVERYTHING).of(Deployment.class, "inference-service"))
                        .getRuntimeClassName())
                .isEqualTo("nvidia");
    }

    private static void assertProbe(Probe probe, String path) {
        assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
        assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("http");
        assertThat(probe.getFailureThreshold()).isPositive();
        assertThat(probe.getPeriodSeconds()).isPositive();
    }

    private static List<String> writable(Manifests manifests, String component) {
        return container(manifests, component).getVolumeMounts().stream()
                .filter(mount -> !Boolean.TRUE.equals(mount.getReadOnly()))
                .map(mount -> mount.getMountPath())
                .toList();
    }

    private static String claimOf(Manifests manifests) {
        return pod(manifests.of(Deployment.class, "registry-service")).getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null)
                .findFirst()
                .orElseThrow()
                .getPersistentVolumeClaim()
                .getClaimName();
    }

    private static String checksum(Manifests manifests, String component) {
        return Objects.requireNonNull(manifests
                .of(Deployment.class, component)
                .getSpec()
                .getTemplate()
                .getMetadata()
                .getAnnotations()
                .get("checksum/config"));
    }

    private static Container container(Manifests manifests, String component) {
        return container(manifests.of(Deployment.class, component));
    }

    private static Container container(Deployment deployment) {
        return pod(deployment).getContainers().getFirst();
    }

    private static PodSpec pod(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec();
    }
}
