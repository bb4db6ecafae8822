package io.modelmill.gateway.auth;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** API keys and the tokens made from them. */
@ConfigMapping(prefix = "modelmill.auth")
public interface AuthConfig {
    /** File whose bytes key the digests of API keys; at least 32 bytes. Another pepper makes all keys worthless. */
    Path pepperFile();

    /** File with the secret of the administrator's key {@code mm_admin.SECRET}; not set: there is no such key. */
    Optional<Path> adminKeyFile();

    /** How long a verified key is taken without asking the database, and so how long a deleted key still works. */
    @WithDefault("5s")
    Duration keyCacheLifetime();

    /** Lifetime of the tokens that calls carry behind the gateway; renewed at half of it. */
    @WithDefault("60s")
    Duration forwardedTokenLifetime();

    /** Lifetime of the tokens that ExchangeToken answers. */
    @WithDefault("10m")
    Duration exchangedTokenLifetime();
}
