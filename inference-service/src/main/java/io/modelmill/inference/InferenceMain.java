package io.modelmill.inference;

import io.modelmill.inference.repository.FolderRepository;
import io.modelmill.inference.session.Device;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Serves predictions: of a folder of models where one is named, else of the fleet that the configuration names. Options
 * become properties of the configuration, which win over its other sources.
 */
@QuarkusMain
@Command(
        name = "inference-service",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Serves ONNX models over the Open Inference Protocol (gRPC).",
            "With --model-repository it serves the folder alone: no registry, no broker, no database, no keys. Without it"
                    + " it is a replica of a fleet and takes its settings from the configuration."
        })
public final class InferenceMain implements Callable<Integer> {
    private static final String DIRECTORY = "modelmill.repository.directory";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--model-repository",
            paramLabel = "DIR",
            description = "Folder with MODEL/VERSION/model.onnx; see docs/standalone.md.")
    private @Nullable Path modelRepository;

    @Option(names = "--device", paramLabel = "DEVICE", description = "cpu or cuda (default: cpu).")
    private @Nullable Device device;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Address to listen on (default with a folder: 127.0.0.1, for calls need no token there).")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "PORT", description = "gRPC (default: 7431).")
    private @Nullable Integer port;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Health (/q/health/ready) and metrics (/q/metrics) (default: 7430).")
    private @Nullable Integer httpPort;

    private InferenceMain() {}

    /** Runs until it is told to stop. */
    public static void main(String... arguments) {
        int code = commandLine().execute(arguments);
        if (code != ExitCode.OK || isAnswered(arguments)) {
            System.exit(code);
        }
        Stop.onSignals();
        Quarkus.run();
    }

    static CommandLine commandLine() {
        return new CommandLine(new InferenceMain()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    private static boolean isAnswered(String... arguments) {
        CommandLine.ParseResult parsed = commandLine().parseArgs(arguments);
        return parsed.isUsageHelpRequested() || parsed.isVersionHelpRequested();
    }

    /** Checks what can be checked before anything starts, and passes the rest on. */
    @Override
    public Integer call() {
        requirePort("--port", port);
        requirePort("--http-port", httpPort);
        if (modelRepository != null) {
            System.setProperty(DIRECTORY, modelRepository.toString());
        }
        Optional<String> folder = Optional.ofNullable(System.getProperty(DIRECTORY))
                .or(() -> Optional.ofNullable(System.getenv("MODELMILL_REPOSITORY_DIRECTORY")));
        if (folder.isPresent()) {
            try {
                FolderRepository.requireModels(Path.of(folder.get()));
            } catch (IllegalStateException refused) {
                System.err.println("inference-service: " + refused.getMessage());
                return ExitCode.SOFTWARE;
            }
            setDefault("quarkus.grpc.server.host", "127.0.0.1");
            setDefault("quarkus.http.host", "127.0.0.1");
        }
        set("quarkus.grpc.server.host", host);
        set("quarkus.http.host", host);
        set("quarkus.grpc.server.port", port);
        set("quarkus.http.port", httpPort);
        set("modelmill.session.device", device == null ? null : device.name().toLowerCase(Locale.ROOT));
        return ExitCode.OK;
    }

    private void requirePort(String option, @Nullable Integer given) {
        if (given != null && (given < 1 || given > 65_535) && spec != null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + ": " + given + " (expected: 1 to 65535)");
        }
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static void set(String property, @Nullable Object value) {
        if (value != null) {
            System.setProperty(property, value.toString());
        }
    }
}
