package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows are read from disk as they are needed, in an order in which they are well mixed. */
class LargeRowsIT {
    private static final int HEAP_MEGABYTES = 48;
    private static final int IMAGE_MEGABYTES = 640;
    private static final Pattern RESULT =
            Pattern.compile("images (\\d+) heap (\\d+) anonymous (\\d+) accuracy (\\S+) block (\\d+)");

    @TempDir
    Path folder;

    @Test
    void trainsOnMoreThanTenTimesItsMemory() throws Exception {
        Matcher result = RESULT.matcher(train());
        assertThat(result.find()).isTrue();
        long images = Long.parseLong(result.group(1));
        assertThat(Long.parseLong(result.group(2)) * 10).as("heap").isLessThan(images);
        assertThat(Long.parseLong(result.group(3))).as("all memory of its own").isLessThan(images);
        assertThat(Double.parseDouble(result.group(4))).as("accuracy").isGreaterThan(0.95);
        assertThat(Integer.parseInt(result.group(5))).as("rows of a block").isLessThan(10_000);
    }

    private String train() throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        Path work = Files.createDirectory(folder.resolve("work"));
        // In a file: ONNX Runtime does not survive a command line of some thousand characters.
        Path arguments =
                Files.writeString(folder.resolve("arguments"), "-cp \"" + System.getProperty("java.class.path") + "\"");
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-Xmx" + HEAP_MEGABYTES + "m",
                        "@" + arguments,
                        LargeRows.class.getName(),
                        Integer.toString(IMAGE_MEGABYTES),
                        work.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("OPENBLAS_NUM_THREADS", "1");
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("%s", Files.readString(log))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as("%s", Files.readString(log)).isZero();
        assertThat(work).isEmptyDirectory();
        return Files.readString(log);
    }
}
