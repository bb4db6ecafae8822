package io.modelmill.registry.database;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;

/** Guards updates against changes that the caller has not seen. */
public final class Etags {
    private Etags() {}

    /** Throws ABORTED unless the caller sent no etag or the present one. */
    public static void requireCurrent(String sent, String present) {
        if (!sent.isEmpty() && !sent.equals(present)) {
            throw new ServiceException(
                    CommonReason.STALE_ETAG, "etag: \"" + sent + "\" (expected: \"" + present + "\")");
        }
    }
}
