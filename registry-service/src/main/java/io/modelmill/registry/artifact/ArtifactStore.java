package io.modelmill.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Keeps the bytes of files. What is in it is whole; whether it is known, the database says. */
public interface ArtifactStore {
    /** Begins to take a file whose hash is not known yet. */
    IncomingFile begin() throws IOException;

    /** Opens a file that is there; the caller closes it. */
    InputStream open(ArtifactKey key) throws IOException;

    /** Where a file that is there can be read; nobody may change it. */
    Path path(ArtifactKey key);

    /** Puts a file that is there at a path outside the store, for a process that needs a real file; read-only. */
    void materialise(ArtifactKey key, Path target) throws IOException;

    /** Fails if the store could not take a file now. */
    void probe() throws IOException;
}
