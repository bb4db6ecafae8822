package io.modelmill.benchmarks.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/** A temporary folder and all that a benchmark starts. Both are gone after it, also when it fails or is interrupted. */
public final class Workspace implements AutoCloseable {
    private final Path folder;
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final Thread atExit = new Thread(this::release, "workspace-release");
    private boolean released;

    private Workspace(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder. */
    public static Workspace open() throws IOException {
        Workspace workspace = new Workspace(Files.createTempDirectory("modelmill-bench"));
        Runtime.getRuntime().addShutdownHook(workspace.atExit);
        return workspace;
    }

    /** The folder. */
    public Path folder() {
        return folder;
    }

    /**
     * Takes over the duty to close.
     *
     * @throws IllegalStateException if the workspace is closed already; the resource is then closed
     */
    public synchronized <T extends AutoCloseable> T keep(T resource) {
        if (released) {
            close(resource);
            throw new IllegalStateException("the benchmark is being stopped");
        }
        owned.push(resource);
        return resource;
    }

    /** Whether all is closed or being closed, such as after Ctrl-C. */
    public synchronized boolean isClosed() {
        return released;
    }

    /** Closes one resource before the others. */
    public void drop(AutoCloseable resource) {
        synchronized (this) {
            owned.remove(resource);
        }
        close(resource);
    }

    @Override
    public void close() {
        release();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The exit is under way, and the hook has found nothing left to do.
            return;
        }
    }

    private void release() {
        List<AutoCloseable> toClose;
        synchronized (this) {
            if (released) {
                return;
            }
            released = true;
            toClose = List.copyOf(owned);
            owned.clear();
        }
        toClose.forEach(Workspace::close);
        delete(folder);
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            throw new IllegalStateException(resource + " cannot be closed", e);
        }
    }

    /** Deletes a folder with all that it holds. */
    public static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
