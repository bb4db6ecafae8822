package io.modelmill.training.registry;

import java.time.Instant;

/** Where a version that a job made is in its life at the registry. */
public sealed interface VersionStatus {
    /**
     * Its files are not all there, or are being checked.
     *
     * @param createTime when the registry made it
     */
    record Pending(String name, boolean filesMissing, Instant createTime) implements VersionStatus {}

    /** It may be served. */
    record Ready(String name) implements VersionStatus {}

    /** It is kept and will never be served. */
    record Rejected(String name, String reason) implements VersionStatus {}

    /** There will be none. */
    record Refused(String reason) implements VersionStatus {}
}
