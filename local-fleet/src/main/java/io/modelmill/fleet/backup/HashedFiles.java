package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.PrivateFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Files with their SHA-256, and on disk for good before anything else goes on. */
final class HashedFiles {
    private static final int BUFFER = 1 << 20;

    private HashedFiles() {}

    /** Writes a file. */
    @FunctionalInterface
    interface Content {
        /** Writes all of it; the stream is closed by the caller. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** Size and hash of a file. */
    record Fingerprint(long sizeBytes, String sha256) {}

    /** Writes a file that its owner alone may read, durably but for its name. */
    static Fingerprint write(Path file, Content content) throws IOException {
        MessageDigest digest = sha256();
        try (FileChannel channel = FileChannel.open(PrivateFiles.create(file), StandardOpenOption.WRITE)) {
            OutputStream out =
                    new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), digest), BUFFER);
            content.writeTo(out);
            out.flush();
            channel.force(true);
            return new Fingerprint(channel.size(), hex(digest));
        }
    }

    /** Reads a file to its end. */
    static Fingerprint read(Path file) throws IOException {
        MessageDigest digest = sha256();
        long size = 0;
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                size += read;
            }
        }
        return new Fingerprint(size, hex(digest));
    }

    /** A digest of the bytes that are read. */
    static DigestInputStream digesting(InputStream in) {
        return new DigestInputStream(in, sha256());
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Makes durable which files a folder has. */
    static void synchronise(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
