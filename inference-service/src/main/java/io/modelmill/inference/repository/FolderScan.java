package io.modelmill.inference.repository;

import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.model.VersionFile;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One look at a folder of models.
 *
 * @param models versions by number, by the model's name; only those with a graph
 * @param remarks by path, on what looks as if it should be served and is not
 */
record FolderScan(SortedMap<String, SortedMap<Long, Version>> models, SortedMap<Path, String> remarks) {
    static final String GRAPH = "model.onnx";
    private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    /** Deeper files are not looked at for changes. */
    private static final int DEPTH = 8;

    /** A file with what changes when its bytes do. */
    record Stamp(
            String path,
            long sizeBytes,
            FileTime modified,
            @Nullable Object key) {}

    /** All files of a version, by path. */
    record Version(List<Stamp> stamps) {
        Version {
            stamps = List.copyOf(stamps);
        }

        /** Files whose names are as those of an upload must be; others are not the graph's. */
        List<VersionFile> files() {
            return stamps.stream()
                    .filter(stamp -> VersionFile.isPath(stamp.path()))
                    .map(stamp ->
                            VersionFile.unannounced(stamp.path(), stamp.path().equals(GRAPH), stamp.sizeBytes()))
                    .toList();
        }
    }

    /** @throws IOException if the folder itself cannot be read */
    static FolderScan of(Path directory) throws IOException {
        FolderScan scan = new FolderScan(new TreeMap<>(), new TreeMap<>());
        for (Path model : folders(directory)) {
            String name = model.getFileName().toString();
            if (!MODEL.matcher(name).matches()) {
                scan.remarks.put(model, "not served under this name (expected: " + MODEL.pattern() + ")");
                continue;
            }
            try {
                SortedMap<Long, Version> versions = scan.versions(model);
                if (!versions.isEmpty()) {
                    scan.models.put(name, versions);
                }
            } catch (IOException e) {
                scan.remarks.put(model, "cannot be read: " + e);
            }
        }
        return scan;
    }

    private SortedMap<Long, Version> versions(Path model) throws IOException {
        SortedMap<Long, Version> versions = new TreeMap<>();
        for (Path folder : folders(model)) {
            String number = folder.getFileName().toString();
            if (!VersionChoice.NUMBER.matcher(number).matches()) {
                remarks.put(folder, "not served (expected: a version's number from 1)");
            } else if (!Files.isRegularFile(folder.resolve(GRAPH))) {
                remarks.put(folder, "not served (expected: a file " + GRAPH + " in it)");
            } else {
                versions.put(Long.parseLong(number), new Version(stamps(folder)));
            }
        }
        if (versions.isEmpty() && Files.isRegularFile(model.resolve(GRAPH))) {
            remarks.put(model, "not served (expected: " + GRAPH + " in a folder named by the version, such as 1)");
        }
        return versions;
    }

    /** Folders that are not hidden, links to folders among them. */
    private static List<Path> folders(Path parent) throws IOException {
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(child -> !child.getFileName().toString().startsWith("."))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
        }
    }

    private static List<Stamp> stamps(Path folder) throws IOException {
        List<Stamp> stamps = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(folder, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            for (Path path : paths.sorted(Comparator.naturalOrder()).toList()) {
                stamp(folder, path).ifPresent(stamps::add);
            }
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
        return stamps;
    }

    private static Optional<Stamp> stamp(Path folder, Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return attributes.isRegularFile()
                ? Optional.of(new Stamp(
                        folder.relativize(path).toString(),
                        attributes.size(),
                        attributes.lastModifiedTime(),
                        attributes.fileKey()))
                : Optional.empty();
    }

    /** The version, if it was there. */
    Optional<Version> version(String model, long number) {
        return Optional.ofNullable(models.get(model)).map((Map<Long, Version> versions) -> versions.get(number));
    }
}
