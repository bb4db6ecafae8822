package io.modelmill.training.run.kubernetes;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What the runner asks of the API server, in one namespace. All methods throw {@link KubernetesClientException}; the client
 * itself tries again what was throttled or got no answer, a few times and as the server says.
 */
final class KubernetesCluster implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(KubernetesCluster.class);
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final KubernetesClient client;
    private final String namespace;
    private final Map<String, String> labels;
    private final AtomicReference<@Nullable Watch> jobWatch = new AtomicReference<>();
    private final AtomicReference<@Nullable Watch> podWatch = new AtomicReference<>();

    /** @param labels of all objects that are ours */
    KubernetesCluster(KubernetesClient client, String namespace, Map<String, String> labels) {
        this.client = client;
        this.namespace = namespace;
        this.labels = labels;
    }

    /** The Job as made, or the one of that name that there is already. */
    Job create(Job job) {
        try {
            return client.batch()
                    .v1()
                    .jobs()
                    .inNamespace(namespace)
                    .resource(job)
                    .create();
        } catch (KubernetesClientException refused) {
            if (refused.getCode() != CONFLICT) {
                throw refused;
            }
            return find(job.getMetadata().getName()).orElseThrow(() -> refused);
        }
    }

    /** Gives the Job's worker a token, in place of an earlier one. */
    void putToken(Job job, String token) {
        var secret = WorkerManifests.secret(job, token);
        var secrets = client.secrets().inNamespace(namespace);
        try {
            secrets.resource(secret).create();
        } catch (KubernetesClientException exists) {
            if (exists.getCode() != CONFLICT) {
                throw exists;
            }
            // Without reading it: who may read Secrets may read all of the namespace.
            secrets.resource(secret)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            Serialization.asJson(Map.of("data", secret.getData())));
        }
    }

    Optional<Job> find(String name) {
        return Optional.ofNullable(
                client.batch().v1().jobs().inNamespace(namespace).withName(name).get());
    }

    /** All Jobs of the fleet. */
    List<Job> jobs() {
        return client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withLabels(labels)
                .list()
                .getItems();
    }

    /** All pods of the fleet's workers. */
    List<Pod> pods() {
        return client.pods().inNamespace(namespace).withLabels(labels).list().getItems();
    }

    /** Deletes the Job and then, with their grace, its pods; not another one of the same name. Gone already is as good. */
    void delete(Job job) {
        var resource = client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(job.getMetadata().getName());
        Optional.ofNullable(resource.get())
                .filter(found ->
                        found.getMetadata().getUid().equals(job.getMetadata().getUid()))
                .ifPresent(found -> resource.withPropagationPolicy(DeletionPropagation.BACKGROUND)
                        .delete());
    }

    /** The Deployment as owner of Jobs. */
    OwnerReference owner(String deployment) {
        Deployment found = client.apps()
                .deployments()
                .inNamespace(namespace)
                .withName(deployment)
                .get();
        if (found == null) {
            throw new KubernetesClientException(new StatusBuilder()
                    .withCode(NOT_FOUND)
                    .withMessage("modelmill.runner.kubernetes.owner: \"" + deployment
                            + "\" (expected: a Deployment in namespace \"" + namespace + "\")")
                    .build());
        }
        return new OwnerReferenceBuilder()
                .withApiVersion("apps/v1")
                .withKind("Deployment")
                .withName(deployment)
                .withUid(found.getMetadata().getUid())
                .build();
    }

    /** Sees to it that changes are told; again and again, for a watch ends when the server or the network wants. */
    void watch(Runnable changed) {
        if (jobWatch.get() == null) {
            var told = new Told<Job>(changed, jobWatch);
            told.begin(client.batch()
                    .v1()
                    .jobs()
                    .inNamespace(namespace)
                    .withLabels(labels)
                    .watch(told));
        }
        if (podWatch.get() == null) {
            var told = new Told<Pod>(changed, podWatch);
            told.begin(client.pods().inNamespace(namespace).withLabels(labels).watch(told));
        }
    }

    /** Whether changes are told, as far as is known. */
    boolean isWatching() {
        return jobWatch.get() != null && podWatch.get() != null;
    }

    @Override
    public void close() {
        close(jobWatch);
        close(podWatch);
        client.close();
    }

    private static void close(AtomicReference<@Nullable Watch> watch) {
        Watch open = watch.getAndSet(null);
        if (open != null) {
            open.close();
        }
    }

    /** What a watch tells is a reason to look, not the truth: events get lost. */
    private final class Told<T> implements Watcher<T> {
        private final Runnable changed;
        private final AtomicReference<@Nullable Watch> own;
        private boolean closed;

        Told(Runnable changed, AtomicReference<@Nullable Watch> own) {
            this.changed = changed;
            this.own = own;
        }

        /** It may have ended before it was known here. */
        synchronized void begin(Watch watch) {
            if (!closed) {
                own.set(watch);
            }
        }

        @Override
        public void eventReceived(Action action, T object) {
            changed.run();
        }

        @Override
        public boolean reconnecting() {
            return false;
        }

        @Override
        public void onClose(WatcherException cause) {
            LOG.debugf("a watch ended and will be begun again: %s", cause.getMessage());
            synchronized (this) {
                closed = true;
                own.set(null);
            }
            changed.run();
        }
    }
}
