package io.modelmill.fleet.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** What a packaged service brings: its version, and the migrations of its database. */
public final class PackagedService {
    private static final String LOCATIONS = "quarkus.flyway.locations";
    private static final String CLASS_PATH = "classpath:";
    private static final String SQL = ".sql";

    private final String module;
    private final List<Path> jars;

    private PackagedService(String module, List<Path> jars) {
        this.module = module;
        this.jars = jars;
    }

    /** The service of an installation; of the libraries those that are Modelmill's own. */
    public static PackagedService of(Installation installation, String module) {
        Path folder = installation.service(module).resolveSibling("");
        try (Stream<Path> own = Files.list(folder.resolve("app"));
                Stream<Path> libraries = Files.list(folder.resolve("lib/main"))) {
            return new PackagedService(
                    module,
                    Stream.concat(
                                    own,
                                    libraries.filter(
                                            jar -> jar.getFileName().toString().startsWith("io.modelmill.")))
                            .filter(jar -> jar.toString().endsWith(".jar"))
                            .sorted()
                            .toList());
        } catch (IOException e) {
            throw new FleetException(folder + ": cannot be read (" + e + ")", e);
        }
    }

    /** The release that it is of. */
    public String version() {
        return properties("META-INF/maven/io.modelmill/" + module + "/pom.properties")
                .getProperty("version", "unknown");
    }

    /**
     * Writes the migrations into folders, one for each place where the service looks for some.
     *
     * @return the folders
     */
    List<Path> extractMigrations(Path into) throws IOException {
        String locations = properties("application.properties").getProperty(LOCATIONS);
        if (locations == null) {
            throw new FleetException(module + ": " + LOCATIONS + " is not set in the packaged service");
        }
        List<Path> folders = new ArrayList<>();
        for (String location : locations.split(",", -1)) {
            if (!location.startsWith(CLASS_PATH)) {
                throw new FleetException(
                        module + ": " + LOCATIONS + ": " + location + " (expected: " + CLASS_PATH + "...)");
            }
            String place = location.substring(CLASS_PATH.length()) + "/";
            Path folder = Files.createDirectories(into.resolve(place));
            for (Path jar : jars) {
                extract(jar, place, folder);
            }
            folders.add(folder);
        }
        return folders;
    }

    private static void extract(Path jar, String place, Path folder) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (ZipEntry entry : file.stream().toList()) {
                String name = entry.getName();
                if (name.startsWith(place) && name.endsWith(SQL) && name.indexOf('/', place.length()) < 0) {
                    try (InputStream sql = file.getInputStream(entry)) {
                        Files.copy(sql, folder.resolve(name.substring(place.length())));
                    }
                }
            }
        }
    }

    private Properties properties(String resource) {
        Properties properties = new Properties();
        for (Path jar : jars) {
            try (JarFile file = new JarFile(jar.toFile())) {
                ZipEntry entry = file.getEntry(resource);
                if (entry != null) {
                    try (InputStreamReader text = new InputStreamReader(file.getInputStream(entry), UTF_8)) {
                        properties.load(text);
                        return properties;
                    }
                }
            } catch (IOException e) {
                throw new FleetException(jar + ": cannot be read (" + e + ")", e);
            }
        }
        throw new FleetException(
                module + ": its jars have no " + resource + " (expected: a service built by ./mvnw package)");
    }
}
