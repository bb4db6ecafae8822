package io.modelmill.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

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

    /** Removes a file; false if it was not there. The caller has the lock of the file. */
    boolean remove(ArtifactKey key) throws IOException;

    /** Hands on batches of all files that are in the store from the beginning to the end of the walk, in no order. */
    void walk(int batchSize, Consumer<List<StoredFile>> consumer) throws IOException;

    /** Fails if the store could not take a file now. */
    void probe() throws IOException;
}
