package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/** A file of properties that tells where a fleet on a cluster keeps its data; secrets are in files of their own. */
public final class StorageSettings {
    private static final String JDBC = "jdbc:postgresql:";
    private static final String ARTIFACTS = "artifacts.directory";
    private static final String PEPPER = "pepper-file";

    private final Path file;
    private final Properties properties;
    private final Map<String, String> environment;
    private final Set<String> known = new TreeSet<>();

    private StorageSettings(Path file, Properties properties, Map<String, String> environment) {
        this.file = file;
        this.properties = properties;
        this.environment = environment;
    }

    /**
     * Reads the file.
     *
     * @param environment where passwords may be instead of files
     */
    public static FleetStorage read(Path file, Map<String, String> environment) {
        Properties properties = new Properties();
        try (Reader text = Files.newBufferedReader(file)) {
            properties.load(text);
        } catch (IOException | IllegalArgumentException e) {
            throw new FleetException("--settings: " + file + " cannot be read (" + e + ")", e);
        }
        StorageSettings settings = new StorageSettings(file, properties, environment);
        FleetStorage storage = new FleetStorage(
                settings.database(FleetStorage.TRAINING),
                settings.database(FleetStorage.REGISTRY),
                settings.database(FleetStorage.GATEWAY),
                Path.of(settings.required(ARTIFACTS, "the folder of the registry's files")),
                settings.optional(PEPPER).map(Path::of));
        settings.refuseOthers();
        return storage;
    }

    private DatabaseAddress database(String name) {
        String key = name + ".jdbc.url";
        String url = required(key, JDBC + "//HOST:PORT/DATABASE");
        if (!url.startsWith(JDBC)) {
            throw wrong(key, url, JDBC + "//HOST:PORT/DATABASE");
        }
        if (url.contains("password=")) {
            // The text of the URL stays out of the message.
            throw new FleetException(
                    file + ": " + key + ": has a password (expected: none; " + name + ".password-file)");
        }
        return new DatabaseAddress(name, url, required(name + ".username", "a user of the database"), password(name));
    }

    private String password(String name) {
        Optional<String> path = optional(name + ".password-file");
        if (path.isPresent()) {
            try {
                return Files.readString(Path.of(path.get())).strip();
            } catch (IOException e) {
                throw new FleetException(
                        file + ": " + name + ".password-file: " + path.get() + " cannot be read (" + e + ")", e);
            }
        }
        String variable = "MODELMILL_" + name.toUpperCase(Locale.ROOT) + "_PASSWORD";
        String password = environment.get(variable);
        if (password == null) {
            throw new FleetException(file + ": " + name + ".password-file: missing (expected: it, or " + variable
                    + " in the environment)");
        }
        return password;
    }

    private Optional<String> optional(String key) {
        known.add(key);
        return Optional.ofNullable(properties.getProperty(key)).map(String::strip);
    }

    private String required(String key, String expected) {
        return optional(key)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> new FleetException(file + ": " + key + ": missing (expected: " + expected + ")"));
    }

    private void refuseOthers() {
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            if (!known.contains(key)) {
                throw new FleetException(
                        file + ": " + key + ": unknown (expected: one of " + String.join(", ", known) + ")");
            }
        }
    }

    private FleetException wrong(String key, String value, String expected) {
        return new FleetException(file + ": " + key + ": " + value + " (expected: " + expected + ")");
    }
}
