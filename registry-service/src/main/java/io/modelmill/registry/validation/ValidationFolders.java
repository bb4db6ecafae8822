package io.modelmill.registry.validation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Temporary folders of validations. Their names carry the process, so that the next one clears up after a kill. */
final class ValidationFolders {
    private static final String PREFIX = "modelmill-validation-";
    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d+)-.*");

    private final Path parent;
    private final long process = ProcessHandle.current().pid();

    ValidationFolders(Path parent) {
        this.parent = parent;
    }

    Path make() throws IOException {
        Files.createDirectories(parent);
        return Files.createTempDirectory(parent, PREFIX + process + "-");
    }

    void remove(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** To be called once, before the first {@link #make}: a folder of this very process id is of an earlier process. */
    void removeAbandoned() throws IOException {
        try (Stream<Path> folders = Files.list(parent)) {
            for (Path folder : folders.toList()) {
                Matcher name = NAME.matcher(folder.getFileName().toString());
                if (name.matches() && isGone(Long.parseLong(name.group(1)))) {
                    remove(folder);
                }
            }
        }
    }

    private boolean isGone(long owner) {
        return owner == process || ProcessHandle.of(owner).isEmpty();
    }
}
