package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must point at each other does, with nothing and with everything switched on. */
class ConnectionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"{}", Chart.EVERYTHING})
    void selectorsFindThePodsOfTheirOwnComponentAlone(String values) {
        Manifests manifests = Chart.render(values);
        for (Deployment deployment : manifests.all(Deployment.class)) {
            assertThat(manifests.selected(deployment.getSpec().getSelector().getMatchLabels()))
                    .containsExactly(deployment);
            assertThat(deployment.getSpec().getTemplate().getSpec().getTopologySpreadConstraints())
                    .isNotEmpty()
                    .allSatisfy(constraint -> assertThat(manifests.selected(
                                    constraint.getLabelSelector().getMatchLabels()))
                            .containsExactly(deployment));
        }
        for (PodDisruptionBudget budget : manifests.all(PodDisruptionBudget.class)) {
            assertSelectsOwn(manifests, budget, budget.getSpec().getSelector().getMatchLabels());
        }
        for (NetworkPolicy policy : manifests.all(NetworkPolicy.class)) {
            assertSelectsOwn(
                    manifests, policy, policy.getSpec().getPodSelector().getMatchLabels());
        }
        assertThat(manifests.all(PodDisruptionBudget.class)).hasSize(4);
        assertThat(manifests.all(NetworkPolicy.class)).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", Chart.EVERYTHING})
    void servicesLeadToPortsThatTheContainerHas(String values) {
        Manifests manifests = Chart.render(values);
        assertThat(manifests.all(Service.class)).hasSizeGreaterThanOrEqualTo(4).allSatisfy(service -> {
            List<Deployment> selected = manifests.selected(service.getSpec().getSelector());
            assertThat(selected).hasSize(1);
            assertThat(service.getSpec().getPorts())
                    .isNotEmpty()
                    .allSatisfy(port -> assertThat(portNames(selected.getFirst()))
                            .contains(port.getTargetPort().getStrVal()));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "gateway, MODELMILL_REGISTRY_ADDRESS, registry-service",
        "gateway, MODELMILL_TRAINING_ADDRESS, training-service",
        "gateway, MODELMILL_INFERENCE_ADDRESSES, inference-service",
        "training-service, MODELMILL_REGISTRY_ADDRESS, registry-service",
        "inference-service, MODELMILL_REGISTRY_ADDRESS, registry-service",
    })
    void addressesAreThoseOfServicesThatExist(String caller, String variable, String callee) {
        Manifests manifests = Chart.render();
        Service service = manifests.of(Service.class, callee);
        int port = service.getSpec().getPorts().stream()
                .filter(candidate -> candidate.getName().equals("grpc"))
                .findFirst()
                .map(ServicePort::getPort)
                .orElseThrow();
        assertThat(manifests.of(ConfigMap.class, caller).getData())
                .containsEntry(
                        variable,
                        "dns:///%s.serving.svc:%d"
                                .formatted(service.getMetadata().getName(), port));
    }

    @Test
    void inferenceServiceIsHeadless() {
        assertThat(Chart.render()
                        .of(Service.class, "inference-service")
                        .getSpec()
                        .getClusterIP())
                .isEqualTo("None");
    }

    @Test
    void headlessServicesKeepTheContainersPort() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        for (Service service : manifests.all(Service.class)) {
            if (!"None".equals(service.getSpec().getClusterIP())) {
                continue;
            }
            Deployment deployment =
                    manifests.selected(service.getSpec().getSelector()).getFirst();
            service.getSpec()
                    .getPorts()
                    .forEach(port -> assertThat(container(deployment))
                            .filteredOn(candidate -> candidate
                                    .getName()
                                    .equals(port.getTargetPort().getStrVal()))
                            .singleElement()
                            .satisfies(candidate ->
                                    assertThat(candidate.getContainerPort()).isEqualTo(port.getPort())));
        }
    }

    @Test
    void gatewayOffersHttpAndGrpcWithinTheCluster() {
        Service service = Chart.render().of(Service.class, "gateway");
        assertThat(service.getSpec().getType()).isEqualTo("ClusterIP");
        assertThat(service.getSpec().getPorts())
                .extracting(ServicePort::getName)
                .containsExactly("http", "grpc");
    }

    @Test
    void gatewayWithACertificateOffersNothingInTheClear() {
        Manifests manifests = Chart.render("gateway: {tls: {existingSecret: gateway-tls}}");
        assertThat(manifests.of(Service.class, "gateway").getSpec().getPorts())
                .extracting(ServicePort::getName)
                .containsExactly("https", "grpc");
        assertThat(openPorts(manifests.of(NetworkPolicy.class, "gateway"))).containsExactlyInAnyOrder("grpc", "https");
    }

    @Test
    void networkPolicyLetsInWhoeverIsCalledByTheDesign() {
        Manifests manifests = Chart.render();
        assertThat(callers(manifests, "registry-service"))
                .containsExactlyInAnyOrder("gateway", "training-service", "inference-service");
        assertThat(callers(manifests, "training-service")).containsExactly("gateway");
        assertThat(callers(manifests, "inference-service")).containsExactly("gateway");
        for (String component : Chart.COMPONENTS.keySet()) {
            assertThat(openPorts(manifests.of(NetworkPolicy.class, component)))
                    .isEqualTo(component.equals("gateway") ? Set.of("grpc", "http") : Set.of("grpc"));
        }
    }

    @Test
    void networkPolicyLetsInWhatTheValuesName() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        for (NetworkPolicy policy : manifests.all(NetworkPolicy.class)) {
            Deployment deployment = manifests
                    .selected(policy.getSpec().getPodSelector().getMatchLabels())
                    .getFirst();
            assertThat(portNames(deployment)).containsAll(openPorts(policy));
            assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
            assertThat(policy.getSpec().getEgress()).hasSizeGreaterThanOrEqualTo(2);
            assertThat(openPorts(policy)).contains("http");
            policy.getSpec()
                    .getIngress()
                    .forEach(rule -> assertThat(rule.getFrom()).isNotEmpty());
        }
        assertThat(peers(manifests, "inference-service"))
                .anySatisfy(peer ->
                        assertThat(peer.getPodSelector().getMatchLabels()).containsEntry("calls", "models"));
    }

    /** Every address in a service's config must be reachable through the policies of both ends. */
    @Test
    void egressLetsOutToEveryServiceOfTheConfig() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        for (ConfigMap config : manifests.all(ConfigMap.class)) {
            String caller = component(config);
            Set<String> called = config.getData().values().stream()
                    .filter(value -> value.startsWith("dns:///"))
                    .map(value -> value.replaceAll("dns:///mill-modelmill-([a-z-]+)\\..*", "$1"))
                    .collect(Collectors.toSet());
            Set<String> out = manifests.of(NetworkPolicy.class, caller).getSpec().getEgress().stream()
                    .flatMap(rule -> rule.getTo().stream())
                    .map(peer -> peer.getPodSelector().getMatchLabels().get("app.kubernetes.io/component"))
                    .collect(Collectors.toSet());
            assertThat(out).isEqualTo(called);
            called.forEach(callee -> assertThat(callers(manifests, callee)).contains(caller));
        }
    }

    @Test
    void autoscalerRulesOverReplicas() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        assertThat(manifests.all(HorizontalPodAutoscaler.class)).hasSize(2).allSatisfy(autoscaler -> {
            assertThat(autoscaler.getSpec().getScaleTargetRef().getKind()).isEqualTo("Deployment");
            Deployment target = manifests.of(Deployment.class, component(autoscaler));
            assertThat(autoscaler.getSpec().getScaleTargetRef().getName())
                    .isEqualTo(target.getMetadata().getName());
            assertThat(target.getSpec().getReplicas()).isNull();
            assertThat(target.getSpec()
                            .getTemplate()
                            .getSpec()
                            .getContainers()
                            .getFirst()
                            .getResources()
                            .getRequests())
                    .containsKey("cpu");
        });
        assertThat(Chart.render().all(HorizontalPodAutoscaler.class)).isEmpty();
        assertThat(Chart.render()
                        .of(Deployment.class, "inference-service")
                        .getSpec()
                        .getReplicas())
                .isEqualTo(2);
    }

    @Test
    void monitorsFindExactlyOneServiceEach() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        assertThat(manifests.all(ServiceMonitor.class)).hasSize(4).allSatisfy(monitor -> {
            List<Service> services = manifests.all(Service.class).stream()
                    .filter(service -> service.getMetadata()
                            .getLabels()
                            .entrySet()
                            .containsAll(monitor.getSpec()
                                    .getSelector()
                                    .getMatchLabels()
                                    .entrySet()))
                    .toList();
            assertThat(services)
                    .singleElement()
                    .satisfies(service -> assertThat(service.getSpec().getPorts())
                            .extracting(ServicePort::getName)
                            .contains(
                                    monitor.getSpec().getEndpoints().getFirst().getPort()));
            assertThat(monitor.getSpec().getEndpoints().getFirst().getPath()).isEqualTo("/q/metrics");
            assertThat(monitor.getMetadata().getLabels()).containsEntry("release", "prometheus");
        });
        assertThat(Chart.render().all(ServiceMonitor.class)).isEmpty();
    }

    @Test
    void annotationsLeadPrometheusToThePort() {
        Manifests manifests = Chart.render(Chart.EVERYTHING);
        for (Deployment deployment : manifests.all(Deployment.class)) {
            String port = deployment
                    .getSpec()
                    .getTemplate()
                    .getMetadata()
                    .getAnnotations()
                    .get("prometheus.io/port");
            assertThat(container(deployment))
                    .filteredOn(candidate -> candidate.getName().equals("http"))
                    .extracting(candidate -> candidate.getContainerPort().toString())
                    .containsExactly(port);
        }
    }

    @Test
    void switchedOffIsGone() {
        Manifests manifests = Chart.render(
                "{networkPolicy: {enabled: false}, podDisruptionBudget: {enabled: false}, topologySpread: {enabled: false}}");
        assertThat(manifests.all(NetworkPolicy.class)).isEmpty();
        assertThat(manifests.all(PodDisruptionBudget.class)).isEmpty();
        assertThat(manifests.all(Deployment.class))
                .allSatisfy(deployment -> assertThat(
                                deployment.getSpec().getTemplate().getSpec().getTopologySpreadConstraints())
                        .isEmpty());
    }

    @Test
    void everyObjectIsInTheReleasesNamespaceAndBearsItsLabels() {
        assertThat(Chart.render(Chart.EVERYTHING).all()).allSatisfy(object -> {
            assertThat(object.getMetadata().getNamespace()).isEqualTo("serving");
            assertThat(object.getMetadata().getLabels())
                    .containsEntry("app.kubernetes.io/instance", "mill")
                    .containsEntry("app.kubernetes.io/managed-by", "Helm")
                    .containsEntry("team", "models");
            assertThat(object.getMetadata().getName())
                    .startsWith("mill-modelmill")
                    .hasSizeLessThanOrEqualTo(63);
        });
    }

    private static void assertSelectsOwn(Manifests manifests, HasMetadata object, Map<String, String> selector) {
        assertThat(manifests.selected(selector)).containsExactly(manifests.of(Deployment.class, component(object)));
    }

    private static String component(HasMetadata object) {
        return Objects.requireNonNull(object.getMetadata().getLabels().get("app.kubernetes.io/component"));
    }

    private static List<NetworkPolicyPeer> peers(Manifests manifests, String component) {
        return manifests.of(NetworkPolicy.class, component).getSpec().getIngress().stream()
                .flatMap(rule -> rule.getFrom().stream())
                .filter(peer -> peer.getPodSelector() != null)
                .toList();
    }

    private static List<String> callers(Manifests manifests, String component) {
        return peers(manifests, component).stream()
                .map(peer -> peer.getPodSelector().getMatchLabels())
                .filter(labels -> labels.containsKey("app.kubernetes.io/component"))
                .map(labels -> manifests.selected(labels))
                .peek(selected -> assertThat(selected).hasSize(1))
                .map(selected -> component(selected.getFirst()))
                .toList();
    }

    private static Set<String> openPorts(NetworkPolicy policy) {
        return policy.getSpec().getIngress().stream()
                .map(NetworkPolicyIngressRule::getPorts)
                .flatMap(List::stream)
                .map(port -> port.getPort().getStrVal())
                .collect(Collectors.toSet());
    }

    private static List<String> portNames(Deployment deployment) {
        return container(deployment).stream().map(ContainerPort::getName).toList();
    }

    private static List<ContainerPort> container(Deployment deployment) {
        return deployment
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getPorts();
    }
}
