package io.modelmill.fleet.supervision;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.installation.FleetPorts;
import io.modelmill.fleet.installation.Installation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How a fleet shall run.
 *
 * @param environment added to the environment of every service, such as {@code OTEL_EXPORTER_OTLP_ENDPOINT}
 */
public record FleetOptions(
        Installation installation,
        FleetFolder folder,
        FleetPorts ports,
        Optional<Tls> tls,
        Map<String, String> environment) {
    public FleetOptions {
        environment = Map.copyOf(environment);
    }

    /** A fleet on the default ports without TLS. */
    public static FleetOptions of(Installation installation, FleetFolder folder) {
        return new FleetOptions(
                installation, folder, new FleetPorts(FleetPorts.DEFAULT_BASE, 1), Optional.empty(), Map.of());
    }

    /** The fleet's secrets. */
    public FleetKeys keys() {
        return new FleetKeys(folder.keys());
    }

    /** What the gateway shows to its callers: a certificate chain and its private key, both PEM. */
    public record Tls(Path certificate, Path key) {
        public Tls {
            certificate = readable(certificate, "--tls-certificate");
            key = readable(key, "--tls-key");
        }

        private static Path readable(Path file, String option) {
            if (!Files.isReadable(file)) {
                throw new FleetException(option + ": " + file + " (expected: a readable PEM file)");
            }
            return file.toAbsolutePath().normalize();
        }
    }
}
