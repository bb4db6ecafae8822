package io.modelmill.dataset.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One {@link ReaderMain} for all data sets, with as little memory as the readers promise to need. */
final class ReaderProcess implements AutoCloseable {
    /** Only guards against hanging. */
    private static final int SECONDS = 120;

    private final Path folder;
    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader answers;

    private ReaderProcess(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
        this.requests = process.outputWriter(UTF_8);
        this.answers = process.inputReader(UTF_8);
    }

    static ReaderProcess start(Path folder) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                ReaderMain.class.getName());
        return new ReaderProcess(
                folder,
                new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    /** The answer; a text that begins with DEAD if there is none. */
    String read(HostileCase hostile) throws IOException {
        List<Path> written = new ArrayList<>();
        StringBuilder request = new StringBuilder(hostile.format().name());
        for (Map.Entry<String, byte[]> file : hostile.files().entrySet()) {
            Path content = Files.write(folder.resolve("file" + written.size()), file.getValue());
            written.add(content);
            request.append('\t').append(file.getKey()).append('\t').append(content);
        }
        requests.write(request.append('\n').toString());
        requests.flush();
        String answer = CompletableFuture.supplyAsync(this::readLine)
                .completeOnTimeout("DEAD: no answer", SECONDS, TimeUnit.SECONDS)
                .join();
        for (Path file : written) {
            Files.delete(file);
        }
        return answer == null ? "DEAD: " + process : answer;
    }

    private @Nullable String readLine() {
        try {
            return answers.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it, and answers with its exit status. */
    int end() throws IOException, InterruptedException {
        requests.close();
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
