package io.modelmill.registry.artifact;

import java.time.Instant;
import java.util.UUID;

/**
 * A file that is being uploaded by many calls.
 *
 * @param sha256 of all bytes, as announced
 * @param sizeBytes number of all bytes, as announced
 * @param committedBytes so many from the first one on are on disk
 * @param part the file that grows
 * @param expireTime when it goes unless more bytes come before
 */
record UploadSession(
        UploadKey key,
        String sha256,
        long sizeBytes,
        long committedBytes,
        UUID part,
        Instant createTime,
        Instant expireTime) {

    boolean isComplete() {
        return committedBytes == sizeBytes;
    }
}
