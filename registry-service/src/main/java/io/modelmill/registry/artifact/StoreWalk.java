package io.modelmill.registry.artifact;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/** Looks through a store of files for all that it holds, a batch in memory at a time. What has no place in it is left alone. */
final class StoreWalk {
    private static final Logger LOG = Logger.getLogger(StoreWalk.class);
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final int DIGITS = 2;

    private final int batchSize;
    private final Consumer<List<StoredFile>> consumer;
    private final List<StoredFile> batch = new ArrayList<>();

    private StoreWalk(int batchSize, Consumer<List<StoredFile>> consumer) {
        this.batchSize = batchSize;
        this.consumer = consumer;
    }

    /** Hands on batches of all files that are in the store from the beginning to the end of the walk, in no order. */
    static void walk(Path directory, int batchSize, Consumer<List<StoredFile>> consumer) throws IOException {
        StoreWalk walk = new StoreWalk(batchSize, consumer);
        try (DirectoryStream<Path> tenants = Files.newDirectoryStream(directory, StoreWalk::isTenant)) {
            for (Path tenant : tenants) {
                walk.tenant(tenant);
            }
        }
        walk.hand();
    }

    /** Folders of uploads begin with a dot, which no tenant does. */
    private static boolean isTenant(Path path) {
        return !path.getFileName().toString().startsWith(".") && Files.isDirectory(path);
    }

    private void tenant(Path tenant) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(tenant, Files::isDirectory)) {
            for (Path folder : folders) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                    for (Path file : files) {
                        take(
                                tenant.getFileName().toString(),
                                folder.getFileName().toString(),
                                file);
                    }
                }
            }
        }
    }

    private void take(String tenant, String folder, Path file) throws IOException {
        String name = file.getFileName().toString();
        if (!DIGEST.matcher(name).matches() || !name.substring(0, DIGITS).equals(folder)) {
            LOG.warnf("%s: no file of the store, left alone", file);
            return;
        }
        try {
            batch.add(new StoredFile(new ArtifactKey(tenant, name), Files.size(file)));
        } catch (NoSuchFileException e) {
            LOG.debugf("%s: removed meanwhile", file);
            return;
        }
        if (batch.size() == batchSize) {
            hand();
        }
    }

    private void hand() {
        if (!batch.isEmpty()) {
            consumer.accept(List.copyOf(batch));
            batch.clear();
        }
    }
}
