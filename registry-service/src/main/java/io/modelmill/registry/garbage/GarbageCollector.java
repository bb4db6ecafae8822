package io.modelmill.registry.garbage;

import io.modelmill.registry.retention.RetentionConfig;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Collects now and then, on every replica: where two begin at a time, one of them does it. */
@ApplicationScoped
class GarbageCollector {
    private static final Logger LOG = Logger.getLogger(GarbageCollector.class);
    private static final Duration STOP = Duration.ofSeconds(10);

    private final GarbageCollection collection;
    private final RetentionConfig config;
    /** Not an interrupt, which would break the connection that holds the lock. */
    private final CountDownLatch stopping = new CountDownLatch(1);

    private @Nullable Thread collector;

    GarbageCollector(GarbageCollection collection, RetentionConfig config) {
        this.collection = collection;
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        if (config.collectionInterval().isPositive()) {
            collector = Thread.ofVirtual().name("garbage-collector").start(this::work);
        } else {
            LOG.info(
                    "modelmill.retention.collection-interval is zero: what is deleted is kept until somebody collects it");
        }
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        stopping.countDown();
        if (collector != null) {
            collector.join(STOP);
        }
    }

    private void work() {
        try {
            do {
                try {
                    var _ = collection.tryCollect(() -> stopping.getCount() == 0);
                } catch (CollectionStoppedException e) {
                    LOG.debug("the service stops in a collection");
                } catch (RuntimeException failure) {
                    LOG.error("a collection failed, the next one goes on", failure);
                }
            } while (!stopping.await(config.collectionInterval().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.debug("nothing is collected any more: the service stops");
        }
    }
}
