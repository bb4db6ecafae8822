package io.modelmill.registry.artifact;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One upload: hashes while it writes, and keeps the file only if size and hash are as announced. For one thread at a
 * time. Closing it unfinished leaves nothing behind.
 */
final class StreamedUpload implements AutoCloseable {
    static final int LARGEST_CHUNK = 4 << 20;

    private final Artifacts artifacts;
    private final ArtifactKey announced;
    private final long announcedSize;
    private final IncomingFile file;
    private final MessageDigest digest;
    private long received;

    StreamedUpload(Artifacts artifacts, ArtifactKey announced, long announcedSize, IncomingFile file) {
        this.artifacts = artifacts;
        this.announced = announced;
        this.announcedSize = announcedSize;
        this.file = file;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * Takes the next bytes.
     *
     * @throws ServiceException INVALID_ARGUMENT if the chunk is too large or there are more bytes than announced
     */
    void write(ByteBuffer chunk) {
        int length = chunk.remaining();
        new Violations()
                .check(length <= LARGEST_CHUNK, "chunk", length + " bytes", "at most " + LARGEST_CHUNK + " bytes")
                .check(
                        received + length <= announcedSize,
                        "header.size_bytes",
                        announcedSize,
                        (received + length) + " or more, as many bytes came")
                .throwIfAny();
        digest.update(chunk.duplicate());
        try {
            file.write(chunk);
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
        received += length;
    }

    /**
     * Ends the upload and makes the file known.
     *
     * @throws ServiceException INVALID_ARGUMENT if size or hash are not as announced
     */
    Artifact finish() {
        if (received != announcedSize) {
            throw Violations.of("header.size_bytes", announcedSize, received + ", the number of bytes that came");
        }
        String actual = HexFormat.of().formatHex(digest.digest());
        if (!actual.equals(announced.sha256())) {
            throw Violations.of("header.sha256", announced.sha256(), actual + ", the hash of the bytes that came");
        }
        return artifacts.keep(file, new Artifact(announced, received));
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
    }
}
