package io.modelmill.gateway.tls;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/** Encryption of both doors; both files or neither. {@link TlsConfigSource} acts on them. */
@ConfigMapping(prefix = "modelmill.tls")
interface TlsConfig {
    /** Certificate of this gateway and its chain, PEM. With it both doors speak TLS alone, on their own ports. */
    Optional<Path> certificateFile();

    /** Private key of the certificate, PEM (PKCS #8). */
    Optional<Path> keyFile();
}
