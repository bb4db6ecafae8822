package io.modelmill.servicekit.restore;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Draws a service's conclusions from the restore of its database: topics may hold events of what is no longer true, or nothing at
 * all. Rows of {@code restore_notice} say that there was one; their migration is {@code db/restore}. What must not wait is settled
 * in one transaction before {@link #start} returns, once however many replicas start. What takes longer is told again in the
 * background, from its beginning if a replica dies in the middle.
 */
public final class RestoredDatabase implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RestoredDatabase.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final Jdbi jdbi;
    private final Consumer<Handle> settle;
    private final Retelling retell;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /**
     * Does nothing yet.
     *
     * @param settle in the transaction that notes that it was done
     * @param retell may be done twice
     */
    public RestoredDatabase(Jdbi jdbi, Consumer<Handle> settle, Retelling retell) {
        this.jdbi = jdbi;
        this.settle = settle;
        this.retell = retell;
        this.thread = Thread.ofVirtual().name("after-restore").unstarted(this::retellUntilDone);
    }

    /** Events that are to be sent once more. */
    @FunctionalInterface
    public interface Retelling {
        /**
         * Appends them to the outbox, in transactions of its own.
         *
         * @param stopping whether the service stops: the next to start begins anew
         * @return false if it ended early for that
         */
        boolean run(BooleanSupplier stopping);
    }

    /** Settles what is not settled yet, and begins to tell again. */
    public void start() {
        jdbi.useTransaction(transaction -> {
            // Another replica that starts waits for this row, and then finds it settled.
            int settled = transaction.execute(
                    "UPDATE restore_notice SET settle_time = clock_timestamp() WHERE settle_time IS NULL");
            if (settled > 0) {
                LOG.info("the database was restored from a backup: drawing the conclusions");
                settle.accept(transaction);
            }
        });
        thread.start();
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(FAREWELL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void retellUntilDone() {
        Duration pause = FIRST_PAUSE;
        try {
            while (closed.getCount() > 0) {
                try {
                    if (isRetold()) {
                        return;
                    }
                } catch (RuntimeException failure) {
                    LOG.warnf("not all could be told again after the restore, trying on: %s", failure);
                }
                if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers false while another replica does it, for that may die before it is done. */
    private boolean isRetold() {
        boolean told = jdbi.inTransaction(transaction -> {
            int notices = transaction
                    .createQuery("SELECT id FROM restore_notice ORDER BY id FOR UPDATE SKIP LOCKED")
                    .mapTo(Long.class)
                    .list()
                    .size();
            if (notices == 0) {
                return false;
            }
            if (!retell.run(() -> closed.getCount() == 0)) {
                return false;
            }
            transaction.execute("DELETE FROM restore_notice");
            return true;
        });
        if (told) {
            LOG.info("told again after the restore what events tell");
            return true;
        }
        return jdbi.withHandle(handle -> handle.createQuery("SELECT NOT EXISTS (SELECT FROM restore_notice)")
                .mapTo(Boolean.class)
                .one());
    }
}
