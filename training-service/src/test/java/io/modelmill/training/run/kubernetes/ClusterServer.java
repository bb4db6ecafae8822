package io.modelmill.training.run.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.Dispatcher;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** An API server that keeps objects and fails as it is told. The test is its controllers, scheduler and kubelets. */
final class ClusterServer implements AutoCloseable {
    static final String NAMESPACE = "fleet";

    private static final String RUNNER = "runner";

    /** What the chart's Role lets the service do. */
    private static final List<String> ROLE = List.of(
            "POST [^?]*/jobs",
            "(GET|DELETE) [^?]*/jobs/[^/]+",
            "GET [^?]*/(jobs|pods)[?].*",
            "POST [^?]*/secrets",
            "PATCH [^?]*/secrets/[^/]+",
            "GET [^?]*/deployments/[^/]+");

    private final List<String> ofRunners = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedDeque<Fault> faults = new ConcurrentLinkedDeque<>();
    private final List<String> made = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final KubernetesCrudDispatcher objects = new KubernetesCrudDispatcher();
    private final KubernetesMockServer server = new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new Dispatcher() {
                @Override
                public MockResponse dispatch(RecordedRequest request) {
                    // The server's threads have a class loader that knows other copies of the kinds.
                    Thread.currentThread().setContextClassLoader(ClusterServer.class.getClassLoader());
                    return answer(request);
                }
            },
            false);
    /** The controllers' and kubelets' own. */
    final KubernetesClient control;

    ClusterServer() {
        server.init();
        control = client("control");
    }

    private MockResponse answer(RecordedRequest request) {
        String asked = request.getMethod() + " " + request.getPath();
        requests.add(asked);
        if (RUNNER.equals(request.getHeader("User-Agent"))) {
            ofRunners.add(asked);
        }
        if (request.getMethod().equals("POST")) {
            made.add(new String(request.getBody().getBytes(), UTF_8));
        }
        for (Fault fault : faults) {
            if (request.getMethod().equals(fault.method())
                    && fault.path().stream().allMatch(request.getPath()::contains)
                    && faults.remove(fault)) {
                return fault.answer().apply(fault.done() ? objects.dispatch(request) : new MockResponse());
            }
        }
        return objects.dispatch(request);
    }

    String url() {
        return server.url("/");
    }

    /** A client as the runner has, only more hurried. */
    KubernetesClient client() {
        return client(RUNNER);
    }

    private KubernetesClient client(String agent) {
        Config config = new ConfigBuilder(Config.empty())
                .withUserAgent(agent)
                .withMasterUrl(server.url("/"))
                .withNamespace(NAMESPACE)
                .withRequestTimeout(5_000)
                .withRequestRetryBackoffLimit(3)
                .withRequestRetryBackoffInterval(10)
                .withWatchReconnectInterval(10)
                .build();
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
        // Looked up once, by the class loader of the thread that asks first: those of the HTTP client have another.
        var _ = client.getKubernetesSerialization().getRegisteredKubernetesResource("batch/v1", "Job");
        return client;
    }

    /** The next such request is refused with the code, and nothing is done. */
    void refuse(String method, String path, int code, String... header) {
        faults.add(new Fault(method, List.of(path), false, answer -> {
            for (int i = 0; i < header.length; i += 2) {
                answer.setHeader(header[i], header[i + 1]);
            }
            return answer.setResponseCode(code);
        }));
    }

    /** What the next such request asks for is done, and its answer lost. */
    void loseAnswer(String method, String path) {
        faults.add(new Fault(method, List.of(path), true, answer -> new MockResponse().setResponseCode(504)));
    }

    /** The next watch of such a path is refused, for what it knows is too old. */
    void refuseWatch(String path) {
        faults.add(new Fault("GET", List.of(path + "?", "watch=true"), false, answer -> answer.setResponseCode(410)));
    }

    /** The next watch of such a path is told that what it knows is too old, and closed. */
    void dropWatch(String path) {
        faults.add(new Fault(
                "GET",
                List.of(path + "?", "watch=true"),
                false,
                answer -> answer.withWebSocketUpgrade(new WebSocketListener() {
                    @Override
                    public void onOpen(WebSocket socket, Response response) {
                        socket.send(
                                "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\","
                                        + "\"reason\":\"Expired\",\"message\":\"too old resource version\",\"code\":410}}");
                    }
                })));
    }

    /** Faults that nobody has met yet. */
    int faultsLeft() {
        return faults.size();
    }

    /** Bodies of all objects that were asked for, the tests' own pods and Deployments not. */
    List<String> made() {
        return made.stream()
                .filter(body -> !body.contains("\"kind\":\"Pod\"") && !body.contains("\"kind\":\"Deployment\""))
                .toList();
    }

    /** What runners asked for that the chart's Role does not allow. */
    List<String> beyondRole() {
        return ofRunners.stream()
                .filter(asked -> ROLE.stream().noneMatch(asked::matches))
                .toList();
    }

    /** All that runners asked for. */
    List<String> ofRunners() {
        return List.copyOf(ofRunners);
    }

    /** Method and path of all requests. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    List<Job> jobs() {
        return control.batch().v1().jobs().inNamespace(NAMESPACE).list().getItems();
    }

    Job job(String name) {
        return control.batch().v1().jobs().inNamespace(NAMESPACE).withName(name).get();
    }

    List<Secret> secrets() {
        return control.secrets().inNamespace(NAMESPACE).list().getItems();
    }

    /** The Secret of that name. */
    Secret secret(String name) {
        return secrets().stream()
                .filter(secret -> secret.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Whoever it is, somebody deletes the Job: its time to live, an administrator. Pods and Secret go with it. */
    void vanish(String name) {
        control.batch().v1().jobs().inNamespace(NAMESPACE).withName(name).delete();
        control.pods().inNamespace(NAMESPACE).withName(name + "-pod").delete();
        control.secrets().inNamespace(NAMESPACE).withName(name).delete();
    }

    /** The job controller's word about a Job. */
    void condition(String name, String type, String reason) {
        change(
                name,
                job -> new JobBuilder(job)
                        .editOrNewStatus()
                        .addNewCondition()
                        .withType(type)
                        .withStatus("True")
                        .withReason(reason)
                        .withMessage("told by the test")
                        .endCondition()
                        .endStatus()
                        .build());
    }

    void change(String name, UnaryOperator<Job> change) {
        Job changed = change.apply(job(name));
        control.batch().v1().jobs().inNamespace(NAMESPACE).resource(changed).update();
        control.batch().v1().jobs().inNamespace(NAMESPACE).resource(changed).updateStatus();
    }

    /** The pod of a Job gets this status. */
    void pod(String name, PodStatus status) {
        Job job = job(name);
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(name + "-pod")
                .withLabels(job.getSpec().getTemplate().getMetadata().getLabels())
                .withAnnotations(job.getSpec().getTemplate().getMetadata().getAnnotations())
                .endMetadata()
                .withStatus(status)
                .build();
        var pods = control.pods().inNamespace(NAMESPACE);
        if (pods.withName(name + "-pod").get() == null) {
            pods.resource(pod).create();
        }
        pods.resource(pod).updateStatus();
    }

    void podRuns(String name) {
        pod(name, status(new ContainerStateBuilder().withNewRunning().endRunning()));
    }

    void podWaits(String name, String reason, String message) {
        pod(
                name,
                status(new ContainerStateBuilder()
                        .withNewWaiting()
                        .withReason(reason)
                        .withMessage(message)
                        .endWaiting()));
    }

    void podEnded(String name, int exitCode, String reason) {
        pod(
                name,
                status(new ContainerStateBuilder()
                        .withNewTerminated()
                        .withExitCode(exitCode)
                        .withReason(reason)
                        .endTerminated()));
    }

    static PodStatus status(ContainerStateBuilder state) {
        return new PodStatusBuilder()
                .withContainerStatuses(new ContainerStatusBuilder()
                        .withName("worker")
                        .withState(state.build())
                        .build())
                .build();
    }

    @Override
    public void close() {
        control.close();
        server.destroy();
    }

    /** @param done whether what is asked for is done before the answer is changed */
    private record Fault(String method, List<String> path, boolean done, UnaryOperator<MockResponse> answer) {
        // One request meets one fault, also of two that are alike.
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }
}
