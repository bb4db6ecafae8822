package io.modelmill.registry.validation;

import ai.onnxruntime.OrtEnvironment;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.CodedInputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Starts the child process, bounds its time and memory and reads what it found. */
final class ValidatorProcess {
    private static final Logger LOG = Logger.getLogger(ValidatorProcess.class);
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final long LARGEST_REPORT = 4 << 20;
    private static final int SIGNALLED = 128;
    private static final long PAGE_BYTES = 4096;

    private final Class<?> mainClass;
    private final String classPath;
    private final Duration timeout;
    private final long heapBytes;
    private final long memoryBytes;

    /** @param memoryBytes most resident memory, heap and model together */
    ValidatorProcess(Class<?> mainClass, Duration timeout, long heapBytes, long memoryBytes) {
        this.mainClass = mainClass;
        this.classPath = classPath(mainClass);
        this.timeout = timeout;
        this.heapBytes = heapBytes;
        this.memoryBytes = memoryBytes;
    }

    /**
     * Lets the child process look at a graph.
     *
     * @param folder for all that the process leaves; the caller removes it
     */
    ValidationOutcome run(Path folder, ValidationRequest request) throws IOException, InterruptedException {
        Path report = folder.resolve("report");
        Path errors = folder.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(command(folder))
                .directory(folder.toFile())
                .redirectOutput(report.toFile())
                .redirectError(errors.toFile());
        // The environment of a service holds secrets; the model's process gets none of it.
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(List.of("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH"));
        Process process = builder.start();
        try {
            ask(process, request);
            String limit = await(process);
            if (!limit.isEmpty()) {
                return new ValidationOutcome.Refused(limit);
            }
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
        return outcome(process.exitValue(), report, errors);
    }

    private static void ask(Process process, ValidationRequest request) {
        try {
            Frames.write(process.getOutputStream(), request.write());
        } catch (IOException e) {
            // It is gone already; its exit status says more.
            LOG.debugf("a validation took no request: %s", e);
        }
    }

    /** Waits for the end; otherwise says which limit was passed. */
    private String await(Process process) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
            if (System.nanoTime() - deadline > 0) {
                return "loading the model and running it once took longer than " + timeout.toSeconds() + " s";
            }
            if (residentBytes(process.pid()) > memoryBytes) {
                return "loading the model and running it once took more than " + (memoryBytes >> 20) + " MiB of memory";
            }
        }
        return "";
    }

    private static long residentBytes(long process) {
        try {
            String[] pages =
                    Files.readString(Path.of("/proc/" + process + "/statm")).split(" ", -1);
            return Long.parseLong(pages[1]) * PAGE_BYTES;
        } catch (IOException e) {
            // It has just ended, or this system has no such file.
            return 0;
        }
    }

    private static ValidationOutcome outcome(int status, Path report, Path errors) throws IOException {
        if (status > SIGNALLED) {
            LOG.warnf("a validation died of signal %d: %s", status - SIGNALLED, firstLine(errors));
            return new ValidationOutcome.Refused(
                    "ONNX Runtime crashed on the model (signal " + (status - SIGNALLED) + ")");
        }
        if (Files.size(report) > LARGEST_REPORT) {
            return new ValidationOutcome.Refused(
                    "the model's inputs and outputs are too many or too large to describe");
        }
        String last =
                Files.readAllLines(report, StandardCharsets.UTF_8).stream().reduce("", (earlier, later) -> later);
        if (status != 0 || last.isEmpty()) {
            LOG.warnf("a validation ended with status %d: %s", status, firstLine(errors));
            return new ValidationOutcome.Refused("the model ended its validation early (status " + status + ")");
        }
        ValidationReport read;
        try {
            read = ValidationReport.read(last);
        } catch (JsonProcessingException e) {
            throw new IOException("the validation's report is no report", e);
        }
        if (read.fault() != null) {
            return new ValidationOutcome.Refused(read.fault());
        }
        if (read.signature() == null) {
            throw new IOException("the validation's report says nothing");
        }
        return new ValidationOutcome.Accepted(read.signature());
    }

    private static String firstLine(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.findFirst().orElse("no word");
        }
    }

    private List<String> command(Path folder) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heapBytes);
        command.add("-XX:+UseSerialGC");
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-XX:-UsePerfData");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("-XX:ErrorFile=" + folder.resolve("crash"));
        // ONNX Runtime unpacks its library there: a killed process leaves it, and it goes with the folder.
        command.add("-Djava.io.tmpdir=" + Files.createDirectory(folder.resolve("tmp")));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(classPath);
        command.add(mainClass.getName());
        return command;
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
                .map(ValidatorProcess::origin)
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
