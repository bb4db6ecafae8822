package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers as Jobs of the cluster: what training-service may do, and who may reach whom. */
class WorkersTest {
    private static final String AS_JOBS = "trainingService: {runner: {type: kubernetes}}";

    private static final String WITH_ALL = """
            imagePullSecrets: [{name: pull}, {name: more}]
            networkPolicy: {egress: {enabled: true, external: [{ports: [{port: 5432}, {port: 9092}, {port: 443}]}]}}
            trainingService:
              runner:
                type: kubernetes
                kubernetes:
                  image: registry.example.com/ml/gpu-worker:7
                  workSize: 100G
                  queue: training
                  maxWorkers: 10
                  cores: 64
                  memory: 512G
                  gpus: 0
                  nodeSelector: {pool: training, zone: a}
                  tolerations: ["spot:NoSchedule", "team=ml"]
                  classes: {large: {nodeSelector: {gpu: h100}, tolerations: ["nvidia.com/gpu:NoSchedule"]}}
                  secrets: [store, proxy]
                  priorityClassName: training
                  startTimeout: PT1H
                  timeToLive: PT10M
                  serviceAccount: {annotations: {a: b}}
            """;

    /** What the training-service puts on the pods of its workers. */
    private static final Map<String, String> WORKER_LABELS = Map.of(
            "app.kubernetes.io/name", "training-worker",
            "app.kubernetes.io/instance", "mill-modelmill",
            "app.kubernetes.io/managed-by", "modelmill-training-service");

    @TempDir
    Path copy;

    @Test
    void childrenOfTheServiceNeedNoRights() {
        Manifests manifests = Chart.render();
        assertThat(manifests.all(Role.class)).isEmpty();
        assertThat(manifests.all(RoleBinding.class)).isEmpty();
        assertThat(config(manifests)).containsEntry("MODELMILL_RUNNER_TYPE", "local");
        assertThat(config(manifests).keySet()).noneMatch(name -> name.contains("KUBERNETES"));
    }

    @Test
    void serviceMayRunJobsAndReadNoSecret() {
        Manifests manifests = Chart.render(AS_JOBS);
        Role role = manifests.of(Role.class, "training-service");
        assertThat(role.getRules().stream()
                        .collect(Collectors.toMap(rule -> rule.getResources().getFirst(), PolicyRule::getVerbs)))
                .hasSize(4)
                .hasEntrySatisfying(
                        "jobs",
                        verbs ->
                                assertThat(verbs).containsExactlyInAnyOrder("create", "get", "list", "watch", "delete"))
                .hasEntrySatisfying("pods", verbs -> assertThat(verbs).containsExactlyInAnyOrder("list", "watch"))
                .hasEntrySatisfying("secrets", verbs -> assertThat(verbs).containsExactlyInAnyOrder("create", "patch"))
                .hasEntrySatisfying("deployments", verbs -> assertThat(verbs).containsExactly("get"));
        assertThat(role.getRules())
                .filteredOn(rule -> rule.getResources().contains("deployments"))
                .singleElement()
                .satisfies(
                        rule -> assertThat(rule.getResourceNames()).containsExactly("mill-modelmill-training-service"));
        RoleBinding binding = manifests.of(RoleBinding.class, "training-service");
        assertThat(binding.getRoleRef().getName()).isEqualTo(role.getMetadata().getName());
        Deployment service = manifests.of(Deployment.class, "training-service");
        assertThat(binding.getSubjects()).singleElement().satisfies(subject -> {
            assertThat(subject.getName())
                    .isEqualTo(service.getSpec().getTemplate().getSpec().getServiceAccountName());
            assertThat(subject.getNamespace()).isEqualTo(Chart.NAMESPACE);
        });
        assertThat(manifests.all(Deployment.class))
                .allSatisfy(deployment -> assertThat(
                                deployment.getSpec().getTemplate().getSpec().getAutomountServiceAccountToken())
                        .isEqualTo(deployment.equals(service)));
    }

    @Test
    void workersHaveAnAccountWithoutRights() {
        Manifests manifests = Chart.render(AS_JOBS);
        ServiceAccount account = manifests.of(ServiceAccount.class, "training-worker");
        assertThat(account.getAutomountServiceAccountToken()).isFalse();
        assertThat(config(manifests))
                .containsEntry(
                        "MODELMILL_RUNNER_KUBERNETES_SERVICE_ACCOUNT",
                        account.getMetadata().getName());
        assertThat(config(Chart.render(
                        AS_JOBS,
                        "trainingService: {runner: {kubernetes: {serviceAccount: {create: false, name: own}}}}")))
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_SERVICE_ACCOUNT", "own");
    }

    @Test
    void serviceIsToldOnlyWhatIsSet() {
        assertThat(config(Chart.render(AS_JOBS)))
                .containsEntry("MODELMILL_RUNNER_TYPE", "kubernetes")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_NAMESPACE", "serving")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_NAME_PREFIX", "mill-modelmill")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_OWNER", "mill-modelmill-training-service")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_RUN_AS_USER", "10001")
                .containsEntry(
                        "MODELMILL_RUNNER_KUBERNETES_TRAINING_ADDRESS",
                        "dns:///mill-modelmill-training-service.serving.svc:7421")
                .doesNotContainKeys(
                        "MODELMILL_RUNNER_KUBERNETES_QUEUE",
                        "MODELMILL_RUNNER_KUBERNETES_MAX_WORKERS",
                        "MODELMILL_RUNNER_KUBERNETES_CORES",
                        "MODELMILL_RUNNER_KUBERNETES_MEMORY",
                        "MODELMILL_RUNNER_KUBERNETES_GPUS",
                        "MODELMILL_RUNNER_KUBERNETES_NODE_SELECTOR",
                        "MODELMILL_RUNNER_KUBERNETES_TOLERATIONS",
                        "MODELMILL_RUNNER_KUBERNETES_IMAGE_PULL_SECRETS");
        Deployment service = Chart.render(AS_JOBS).of(Deployment.class, "training-service");
        assertThat(config(Chart.render(AS_JOBS)))
                .containsEntry(
                        "MODELMILL_RUNNER_KUBERNETES_IMAGE",
                        service.getSpec()
                                .getTemplate()
                                .getSpec()
                                .getContainers()
                                .getFirst()
                                .getImage());
        assertThat(config(Chart.render(WITH_ALL)))
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_IMAGE", "registry.example.com/ml/gpu-worker:7")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_IMAGE_PULL_SECRETS", "pull,more")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_QUEUE", "training")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_MAX_WORKERS", "10")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_CORES", "64")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_MEMORY", "512G")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_GPUS", "0")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_WORK_SIZE", "100G")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_SECRETS", "store,proxy")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_NODE_SELECTOR", "pool=training,zone=a")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_TOLERATIONS", "spot:NoSchedule,team=ml")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_CLASS_LARGE_NODE_SELECTOR", "gpu=h100")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_CLASS_LARGE_TOLERATIONS", "nvidia.com/gpu:NoSchedule")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_START_TIMEOUT", "PT1H")
                .containsEntry("MODELMILL_RUNNER_KUBERNETES_TIME_TO_LIVE", "PT10M");
    }

    @Test
    void everyVariableIsAPropertyThatTheServiceHas() {
        Set<String> properties = new HashSet<>(DeclaredProperties.ofModule("training-service"));
        Set<String> variables = properties.stream()
                .map(property -> property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT))
                .collect(Collectors.toSet());
        assertThat(config(Chart.render(WITH_ALL)).keySet())
                .filteredOn(name -> name.startsWith("MODELMILL_RUNNER_"))
                .hasSizeGreaterThan(20)
                // Of classes the operator chooses the names; the service's own test reads such variables.
                .allSatisfy(name -> assertThat(variables).contains(name.replaceAll("_CLASS_.*", "_CLASS")));
    }

    @Test
    void workersReachTheTwoServicesAndNobodyReachesThem() {
        for (String values : new String[] {AS_JOBS, WITH_ALL}) {
            Manifests manifests = Chart.render(values);
            NetworkPolicy workers = manifests.of(NetworkPolicy.class, "training-worker");
            assertThat(workers.getSpec().getPodSelector().getMatchLabels()).isEqualTo(WORKER_LABELS);
            assertThat(workers.getSpec().getPolicyTypes()).contains("Ingress");
            assertThat(workers.getSpec().getIngress()).isEmpty();
            assertThat(manifests.selected(WORKER_LABELS)).isEmpty();
            for (NetworkPolicy policy : manifests.all(NetworkPolicy.class)) {
                boolean open = policy.getSpec().getIngress().stream()
                        .flatMap(rule -> rule.getFrom().stream())
                        .anyMatch(peer -> peer.getPodSelector() != null
                                && WORKER_LABELS.equals(peer.getPodSelector().getMatchLabels()));
                String name = policy.getMetadata().getName();
                assertThat(open)
                        .as(name)
                        .isEqualTo(name.endsWith("-registry-service") || name.endsWith("-training-service"));
            }
        }
        assertThat(Chart.render(WITH_ALL)
                        .of(NetworkPolicy.class, "training-worker")
                        .getSpec()
                        .getEgress())
                .flatExtracting(rule -> rule.getTo())
                .extracting(peer -> peer.getPodSelector().getMatchLabels().get("app.kubernetes.io/component"))
                .containsExactlyInAnyOrder("registry-service", "training-service");
        assertThat(Chart.render(AS_JOBS, "networkPolicy: {enabled: false}").all(NetworkPolicy.class))
                .isEmpty();
    }

    @Test
    void passesStrictLint() throws IOException {
        Path chart = Chart.copy(copy.resolve("modelmill"));
        Chart.YAML.writeValue(
                chart.resolve("values.yaml").toFile(),
                Chart.merge(Chart.merge(Chart.file("values.yaml"), Chart.yaml(Chart.REQUIRED)), Chart.yaml(WITH_ALL)));
        LintResult result = new Helm(chart).lint().strict().call();
        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
    }

    private static Map<String, String> config(Manifests manifests) {
        return manifests.of(ConfigMap.class, "training-service").getData();
    }
}
