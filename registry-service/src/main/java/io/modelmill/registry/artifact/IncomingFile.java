package io.modelmill.registry.artifact;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that is being taken. Closing it without {@link #keep} leaves nothing behind. */
interface IncomingFile extends Closeable {
    /** Appends the remaining bytes of the buffer. */
    void write(ByteBuffer bytes) throws IOException;

    /** Takes no more bytes and puts those that came onto the disk, which may take a while. */
    void force() throws IOException;

    /**
     * Makes the file, which was forced, part of the store at once and durably: after the return it survives a power cut. The
     * caller has the lock of the file.
     */
    void keep(ArtifactKey key) throws IOException;
}
