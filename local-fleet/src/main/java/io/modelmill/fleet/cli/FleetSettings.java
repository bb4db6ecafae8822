package io.modelmill.fleet.cli;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetPorts;
import io.modelmill.fleet.supervision.FleetOptions;
import io.modelmill.fleet.supervision.FleetState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a command that may start a fleet shall start it. */
final class FleetSettings {
    @Mixin
    FolderOption where = new FolderOption();

    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            defaultValue = "${env:MODELMILL_BASE_PORT}",
            description = "First of the block of " + FleetPorts.BLOCK + " ports (default: " + FleetPorts.DEFAULT_BASE
                    + "; MODELMILL_BASE_PORT).")
    @Nullable
    Integer basePort;

    @Option(
            names = "--inference-replicas",
            paramLabel = "N",
            description = "Replicas of inference-service (default: 1).")
    @Nullable
    Integer inferenceReplicas;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "PEM certificate chain of the gateway, naming localhost; with --tls-key.")
    @Nullable
    Path tlsCertificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM private key of the gateway.")
    @Nullable
    Path tlsKey;

    FleetFolder folder() {
        return where.folder();
    }

    FleetOptions options() {
        return new FleetOptions(
                where.installation(),
                folder(),
                new FleetPorts(
                        basePort == null ? FleetPorts.DEFAULT_BASE : basePort,
                        inferenceReplicas == null ? 1 : inferenceReplicas),
                tls(),
                Map.of());
    }

    /** The same settings as arguments of another command. */
    List<String> arguments() {
        FleetOptions options = options();
        List<String> arguments = new ArrayList<>(List.of(
                "--data",
                options.folder().root().toString(),
                "--base-port",
                Integer.toString(options.ports().base()),
                "--inference-replicas",
                Integer.toString(options.ports().inferenceReplicas())));
        options.tls()
                .ifPresent(tls -> arguments.addAll(List.of(
                        "--tls-certificate",
                        tls.certificate().toString(),
                        "--tls-key",
                        tls.key().toString())));
        return arguments;
    }

    /** Throws if the running fleet is not what these settings ask for. */
    void requireMatch(FleetState running) {
        requireSame("--base-port", basePort, running.ports().base());
        requireSame("--inference-replicas", inferenceReplicas, running.ports().inferenceReplicas());
        if (tlsCertificate != null && running.trustedCertificate().isEmpty()) {
            throw new FleetException("the running fleet has no TLS; stop it first: modelmill down");
        }
    }

    private static void requireSame(String option, @Nullable Integer asked, int running) {
        if (asked != null && asked != running) {
            throw new FleetException(option + ": " + asked + ", but the running fleet has " + running
                    + "; stop it first: modelmill down");
        }
    }

    private Optional<FleetOptions.Tls> tls() {
        if (tlsCertificate == null && tlsKey == null) {
            return Optional.empty();
        }
        if (tlsCertificate == null || tlsKey == null) {
            throw new FleetException("--tls-certificate and --tls-key: only one given (expected: both or none)");
        }
        return Optional.of(new FleetOptions.Tls(tlsCertificate, tlsKey));
    }
}
