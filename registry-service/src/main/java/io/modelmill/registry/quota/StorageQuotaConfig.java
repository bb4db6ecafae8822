package io.modelmill.registry.quota;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** What a tenant may keep in the store unless an administrator grants it something else. */
@ConfigMapping(prefix = "modelmill.storage-quota")
public interface StorageQuotaConfig {
    /** Bytes of all files together, each once, with those that are being uploaded. */
    Optional<MemorySize> maxBytes();

    /** Files, with those that are being uploaded. */
    Optional<Long> maxObjects();
}
