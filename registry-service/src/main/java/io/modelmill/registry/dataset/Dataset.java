package io.modelmill.registry.dataset;

import java.time.Instant;

/** A named line of data-set versions. */
public record Dataset(DatasetKey key, String displayName, String description, Instant createTime) {}
