package io.modelmill.fleet.installation;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The packaged parts of the fleet, as the build leaves them in the modules' target folders.
 *
 * @param home folder that holds the modules
 */
public record Installation(Path home) {
    public Installation {
        home = home.toAbsolutePath().normalize();
    }

    /** The installation that this class was started from: {@code HOME/local-fleet/target/...}. */
    public static Installation current() {
        return holding(Installation.class);
    }

    /** The installation that holds a class of one of its modules: {@code HOME/MODULE/target/...}. */
    public static Installation holding(Class<?> built) {
        try {
            Path code = Path.of(
                    built.getProtectionDomain().getCodeSource().getLocation().toURI());
            return new Installation(code.resolve("../../..").normalize());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the place of this program is no file", e);
        }
    }

    /** The program of a service. */
    public Path service(String module) {
        return built(home.resolve(module).resolve("target/quarkus-app/quarkus-run.jar"));
    }

    /** The folder with training-worker's jar and its {@code lib}. */
    public Path worker() {
        return built(home.resolve("training-worker/target/worker/training-worker.jar"))
                .resolveSibling("");
    }

    /** An example that the repository ships. */
    public Path example(String path) {
        return home.resolve("examples").resolve(path);
    }

    /** The Java launcher that runs this program, which runs all others too. */
    public static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Class path of this program. */
    public static String classPath() {
        return System.getProperty("java.class.path");
    }

    private static Path built(Path path) {
        if (!Files.exists(path)) {
            throw new FleetException(path + ": missing (expected: built by ./mvnw package)");
        }
        return path;
    }
}
