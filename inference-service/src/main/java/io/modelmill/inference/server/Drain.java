package io.modelmill.inference.server;

import io.modelmill.inference.placement.Replica;
import io.modelmill.inference.protocol.Admission;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The end of a replica, before anything that its calls need is closed: it says that it is not ready, goes on answering for
 * a pause in which callers find another one, then closes its listener, tells its connections to go away (GOAWAY), takes no
 * new prediction and waits for those in flight. A call that still comes on a connection is UNAVAILABLE; gRPC clients retry
 * by themselves what they sent after the GOAWAY, for it says that the server has not looked at it.
 */
@ApplicationScoped
class Drain {
    private static final Logger LOG = Logger.getLogger(Drain.class);
    private static final Duration LOOK = Duration.ofMillis(10);

    /** For the answers to be sent and the connections to be closed by their clients, with no prediction in flight. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final DrainConfig config;
    private final Replica replica;
    private final Admission admission;
    private final ServingServer server;

    Drain(DrainConfig config, Replica replica, Admission admission, ServingServer server) {
        this.config = config;
        this.replica = replica;
        this.admission = admission;
        this.server = server;
    }

    /** The servers, the one for probes too, go on for {@code quarkus.shutdown.delay}, which is the pause. */
    void leave(@Observes ShutdownDelayInitiatedEvent event) {
        replica.leave();
    }

    void drain(@Observes ShutdownEvent event) {
        replica.leave();
        server.shutdown();
        admission.close();
        try {
            long end = System.nanoTime() + config.limit().toNanos();
            while (admission.requestsInFlight() > 0 && System.nanoTime() - end < 0) {
                TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
            }
            int left = admission.requestsInFlight();
            if (left > 0) {
                LOG.warnf("%d predictions did not end within %s and are cut off", (Object) left, config.limit());
            }
            // Streams that nobody uses, and those who watch the health, stay open as long as the server lets them.
            if (!server.awaitTermination(FAREWELL.toNanos())) {
                server.shutdownNow();
                if (!server.awaitTermination(FAREWELL.toNanos())) {
                    LOG.warn("connections are still open");
                }
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
