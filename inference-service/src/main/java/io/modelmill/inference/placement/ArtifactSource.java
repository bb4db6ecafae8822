package io.modelmill.inference.placement;

import java.io.IOException;
import java.io.OutputStream;

/** Where bytes of files come from. */
@FunctionalInterface
public interface ArtifactSource {
    /**
     * Writes the bytes of a file in order. They are not yet verified.
     *
     * @param tenant id of the owner
     * @param sha256 of the bytes
     * @throws IOException if the source does not answer or the sink fails
     */
    void download(String tenant, String sha256, OutputStream sink) throws IOException;
}
