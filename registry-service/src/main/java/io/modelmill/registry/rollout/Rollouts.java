package io.modelmill.registry.rollout;

import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.model.Models;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;

/** How far the replicas are, for those who ask. */
@ApplicationScoped
public class Rollouts {
    private final Jdbi jdbi;
    private final Models models;
    private final RolloutWatch watch;

    Rollouts(Jdbi jdbi, Models models, RolloutWatch watch) {
        this.jdbi = jdbi;
        this.models = models;
        this.watch = watch;
    }

    /**
     * How far a revision is, now or as soon as it is complete or failed; at the end of the wait as it is then.
     *
     * @param revision 0 for the newest as of now
     * @throws ServiceException NOT_FOUND if there is no such model, OUT_OF_RANGE if it has no such revision yet,
     *     RESOURCE_EXHAUSTED if too many calls wait
     */
    public Rollout get(ModelKey model, long revision, Duration wait) throws InterruptedException {
        long newest = models.get(model).revision();
        if (revision > newest) {
            throw new ServiceException(
                    RegistryReason.REVISION_UNKNOWN,
                    "revision: " + revision + " (expected: 0 to " + newest + ", the newest of " + model.name() + ")");
        }
        long asked = revision == 0 ? newest : revision;
        Rollout now = new Rollout(
                model,
                asked,
                jdbi.withHandle(handle -> PostgresReplicaStore.read(handle, Set.of(model)))
                        .getOrDefault(model, List.of()));
        return now.isOver() || wait.isZero() ? now : watch.await(model, asked, wait);
    }
}
