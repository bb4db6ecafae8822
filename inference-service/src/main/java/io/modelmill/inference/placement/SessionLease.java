package io.modelmill.inference.placement;

import io.modelmill.inference.batching.Batcher;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.session.ModelSession;
import io.modelmill.inference.statistics.VersionStatistics;
import java.util.concurrent.atomic.AtomicBoolean;

/** The right to run a version: its session stays open until the lease is closed. Closing it twice changes nothing. */
public final class SessionLease implements AutoCloseable {
    private final LoadedVersion loaded;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param loaded whose residence was acquired for this lease */
    SessionLease(LoadedVersion loaded) {
        this.loaded = loaded;
    }

    public ModelKey model() {
        return loaded.model();
    }

    public ServedVersion version() {
        return loaded.version();
    }

    public ModelSession session() {
        return loaded.session();
    }

    /** Runs this lease's requests, which must be answered before it is closed. */
    public Batcher batcher() {
        return loaded.batcher();
    }

    /** Where this lease's requests are noted. */
    public VersionStatistics statistics() {
        return loaded.statistics();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            loaded.residence().release();
        }
    }
}
