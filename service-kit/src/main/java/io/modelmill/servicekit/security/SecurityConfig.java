package io.modelmill.servicekit.security;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/** Keys of callers' tokens. */
@ConfigMapping(prefix = "modelmill.security")
public interface SecurityConfig {
    /** Name of this service, which tokens must be meant for. */
    String audience();

    /** JSON Web Key Set with the public keys of all services that sign tokens; required wherever tokens are verified. */
    Optional<Path> trustedKeysFile();

    /** Private JSON Web Key that this service signs its own tokens with; only for services that sign. */
    Optional<Path> signingKeyFile();
}
