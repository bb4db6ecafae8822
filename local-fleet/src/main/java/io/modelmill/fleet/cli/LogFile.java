package io.modelmill.fleet.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A log file, read piece by piece while another process adds to it.
 *
 * @param position where the next piece begins, in bytes
 */
record LogFile(Path file, long position) {
    /** More than this is not read at once: from a longer log the end. */
    private static final long LONGEST_PIECE = 1 << 20;

    static LogFile of(Path file) {
        return new LogFile(file, 0);
    }

    LogFile from(long start) {
        return new LogFile(file, start);
    }

    /** Whole lines and where the next begin. */
    record Piece(List<String> lines, LogFile next) {}

    List<String> lines() {
        return read().lines();
    }

    /** Reads what was added since; a file that became shorter was begun anew. */
    Piece read() {
        if (!Files.exists(file)) {
            return new Piece(List.of(), this);
        }
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
            long end = content.length();
            long start = Math.max(position > end ? 0 : position, end - LONGEST_PIECE);
            byte[] bytes = new byte[(int) (end - start)];
            content.seek(start);
            content.readFully(bytes);
            int length = bytes.length;
            while (length > 0 && bytes[length - 1] != '\n') {
                length--;
            }
            String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
            return new Piece(text.lines().toList(), from(start + length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
