package io.modelmill.registry.validation;

import ai.onnxruntime.OrtEnvironment;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.CodedInputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a validator is started: this service's Java, with those of its jars that are needed. */
final class ValidatorCommand {
    private final Class<?> mainClass;
    private final String classPath;

    ValidatorCommand(Class<?> mainClass) {
        this.mainClass = mainClass;
        this.classPath = classPath(mainClass);
    }

    List<String> line(Path home, long heapBytes) throws IOException {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapBytes,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                // Its last words would come between the answers.
                "-XX:+DisplayVMOutputToStderr",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + home.resolve("crash"),
                // ONNX Runtime unpacks its library there: a killed process leaves it, and it goes with the folder.
                "-Djava.io.tmpdir=" + Files.createDirectory(home.resolve("tmp")),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                mainClass.getName());
    }

    /** The jars or folders that the needed classes came from: right in tests as well as in the packaged service. */
    private static String classPath(Class<?> mainClass) {
        return Stream.of(
                        mainClass,
                        OnnxValidatorMain.class,
                        OrtEnvironment.class,
                        JsonMapper.class,
                        JsonParser.class,
                        JsonProperty.class,
                        CodedInputStream.class)
                .map(ValidatorCommand::origin)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null) {
            throw new IllegalStateException("the class loader does not say where " + type + " came from");
        }
        try {
            return Path.of(source.getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("no file: " + source.getLocation(), e);
        }
    }
}
