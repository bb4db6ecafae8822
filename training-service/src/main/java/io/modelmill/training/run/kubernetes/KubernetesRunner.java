package io.modelmill.training.run.kubernetes;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobConfig;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.PostgresRunnerAttempts;
import io.modelmill.training.registry.RegistryConfig;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import io.modelmill.training.run.Runner;
import io.modelmill.training.run.WorkerTokens;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Runs workers as Jobs of a Kubernetes cluster. They outlive this service, and any replica sees to them: all that is known
 * of them is in the database and in the cluster.
 */
@ApplicationScoped
@Identifier("kubernetes")
public class KubernetesRunner implements Runner {
    private static final Logger LOG = Logger.getLogger(KubernetesRunner.class);
    /** Times that a call is tried again which was throttled, failed on the server or got no answer. */
    private static final int RETRIES = 3;

    private static final int RETRY_INTERVAL_MILLIS = 200;

    private final KubernetesRunnerConfig config;
    private final PostgresRunnerAttempts attempts;
    private final WorkerTokens tokens;
    private final WorkerManifests manifests;
    private final KubernetesCluster cluster;
    private final Reconciler reconciler;
    private final String id;
    private final AtomicBoolean changed = new AtomicBoolean(true);
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile long lastLook = System.nanoTime();

    @Inject
    KubernetesRunner(
            KubernetesRunnerConfig config,
            JobConfig job,
            RegistryConfig registry,
            WorkerTokens tokens,
            JobLife life,
            PostgresRunnerAttempts attempts) {
        this(config, job, registry, tokens, life, attempts, client(config));
    }

    /** @param client is closed with the runner */
    KubernetesRunner(
            KubernetesRunnerConfig config,
            JobConfig job,
            RegistryConfig registry,
            WorkerTokens tokens,
            JobLife life,
            PostgresRunnerAttempts attempts,
            KubernetesClient client) {
        this.config = config;
        this.attempts = attempts;
        this.tokens = tokens;
        String namespace = config.namespace()
                .or(() -> Optional.ofNullable(client.getConfiguration().getNamespace()))
                .orElse("default");
        this.id = "kubernetes:" + namespace + "/" + config.namePrefix();
        this.manifests = new WorkerManifests(config, registry.address(), System.getenv());
        this.cluster = new KubernetesCluster(client, namespace, AttemptName.fleetLabels(config.namePrefix()));
        this.reconciler = new Reconciler(id, config, job, cluster, tokens, life, attempts);
    }

    private static KubernetesClient client(KubernetesRunnerConfig config) {
        Config settings = new ConfigBuilder()
                .withRequestTimeout((int) config.requestTimeout().toMillis())
                .withConnectionTimeout((int) config.requestTimeout().toMillis())
                .withRequestRetryBackoffLimit(RETRIES)
                .withRequestRetryBackoffInterval(RETRY_INTERVAL_MILLIS)
                .build();
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(settings)
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
        // Looked up once, by the class loader of the thread that asks first: those of the HTTP client have another.
        var _ = client.getKubernetesSerialization().getRegisteredKubernetesResource("batch/v1", "Job");
        return client;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Room room() {
        PostgresRunnerAttempts.Taken taken = attempts.taken(id);
        int most = config.maxWorkers().orElse(Integer.MAX_VALUE);
        Resources capacity = new Resources(
                config.cores().orElse(Integer.MAX_VALUE),
                config.memory().map(size -> size.asLongValue()).orElse(Long.MAX_VALUE),
                config.gpus().orElse(Integer.MAX_VALUE));
        return new Room(Math.max(0, most - taken.workers()), capacity, capacity.minus(taken.resources()));
    }

    /** The bounds are for all replicas together: each looks at what the others have taken. */
    @Override
    public <T> T inRoom(Function<Room, T> work) {
        return attempts.alone(id, () -> work.apply(room()));
    }

    @Override
    public void start(Job job, Optional<String> traceparent) throws IOException {
        try {
            Optional<OwnerReference> owner = config.owner().map(cluster::owner);
            io.fabric8.kubernetes.api.model.batch.v1.Job made =
                    cluster.create(manifests.job(job, traceparent, owner, attempts.now()));
            if (!AttemptName.of(made).equals(Optional.of(AttemptName.of(job)))) {
                throw new IOException("the cluster has another Job \""
                        + made.getMetadata().getName() + "\" (expected: none of that name)");
            }
            LOG.infof(
                    "%s: attempt %d is Job %s",
                    job.name(), job.attempt(), made.getMetadata().getName());
            cluster.putToken(made, tokens.sign(job.name(), reconciler.tokenLifetime()));
        } catch (KubernetesClientException failure) {
            if (isRefusal(failure)) {
                throw new IOException("the cluster refused the worker's Job: " + failure.getMessage(), failure);
            }
            // It may have been made all the same: reconcile sees it, or that it does not come.
            LOG.warnf(
                    "%s: not known whether attempt %d has a Job: %s", job.name(), job.attempt(), failure.getMessage());
        }
    }

    /** Whether the API server has said no, and not only failed to say yes. */
    private static boolean isRefusal(KubernetesClientException failure) {
        return switch (failure.getCode()) {
            case 400, 401, 403, 404, 405, 413, 415, 422 -> true;
            default -> false;
        };
    }

    /** Looks on a thread of its own, for the API server may be slow, and only if something changed or a while has passed. */
    @Override
    public void reconcile() {
        boolean due = System.nanoTime() - lastLook >= config.pollInterval().toNanos();
        if ((changed.get() || due) && looking.compareAndSet(false, true)) {
            Thread.ofVirtual().name("kubernetes-reconciler").start(this::look);
        }
    }

    private void look() {
        try {
            lastLook = System.nanoTime();
            changed.set(false);
            watch();
            reconciler.pass();
        } catch (RuntimeException failure) {
            LOG.warnf("the cluster's Jobs cannot be seen, trying again: %s", failure.getMessage());
        } finally {
            looking.set(false);
        }
    }

    private void watch() {
        try {
            cluster.watch(() -> changed.set(true));
        } catch (RuntimeException failure) {
            LOG.warnf("changes of the cluster's Jobs are not told, looking now and then: %s", failure.getMessage());
        }
    }

    /** Looks at once, on this thread. */
    void reconcileNow() {
        reconciler.pass();
    }

    /** Workers go on without this process: it only stops to look. */
    @Override
    public void stop() {
        cluster.close();
    }

    /** What the tests look at. */
    KubernetesCluster cluster() {
        return cluster;
    }
}
