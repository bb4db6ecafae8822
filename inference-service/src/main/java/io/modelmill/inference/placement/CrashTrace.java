package io.modelmill.inference.placement;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * What a JVM that native code took down left behind: its error file (hs_err). A process that was killed from outside, by
 * SIGKILL or for want of memory, leaves none; nor does one that native code ends by abort() or exit().
 *
 * @param thread name of the Java thread that it happened on; empty for a thread of native code
 */
record CrashTrace(Optional<String> thread) {
    private static final Logger LOG = Logger.getLogger(CrashTrace.class);
    private static final Pattern THREAD =
            Pattern.compile("(?m)^Current thread \\(0x[0-9a-f]+\\):\\s+JavaThread \"([^\"]*)\"");
    /** In the head of the file of a JVM that could get no memory, which is not the fault of what ran. */
    private static final String NO_MEMORY = "There is insufficient memory for the Java Runtime Environment";

    /** As far as the file's times may lag behind the clock. */
    private static final long CLOCK_MILLIS = 100;

    /** Notes where this process would leave its trace. */
    static void prepare(Path note) throws IOException {
        long pid = ProcessHandle.current().pid();
        String given = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("ErrorFile")
                .getValue();
        Path working = Path.of("").toAbsolutePath();
        // HotSpot's own order: the option, the working directory, the folder for temporary files.
        Stream<Path> places = given.isEmpty()
                ? Stream.of(working.resolve("hs_err_pid" + pid + ".log"))
                : Stream.of(working.resolve(given.replace("%p", Long.toString(pid))));
        List<String> lines = Stream.concat(
                        Stream.of(Long.toString(System.currentTimeMillis())),
                        Stream.concat(places, Stream.of(Path.of("/tmp", "hs_err_pid" + pid + ".log")))
                                .map(Path::toString))
                .toList();
        Files.write(note, lines);
    }

    /** The trace of the process that prepared the note; empty if it left none. */
    static Optional<CrashTrace> of(Path note) {
        try {
            if (Files.notExists(note)) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(note);
            long begin = Long.parseLong(lines.getFirst()) - CLOCK_MILLIS;
            for (String place : lines.subList(1, lines.size())) {
                Path file = Path.of(place);
                if (Files.isRegularFile(file) && Files.getLastModifiedTime(file).toMillis() >= begin) {
                    return read(file);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warnf("%s: not known whether the last process crashed: %s", note, e);
        }
        return Optional.empty();
    }

    private static Optional<CrashTrace> read(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (text.contains(NO_MEMORY)) {
            return Optional.empty();
        }
        Matcher thread = THREAD.matcher(text);
        return Optional.of(new CrashTrace(thread.find() ? Optional.of(thread.group(1)) : Optional.empty()));
    }
}
