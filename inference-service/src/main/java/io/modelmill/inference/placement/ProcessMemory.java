package io.modelmill.inference.placement;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** This process's memory as the kernel counts it. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

    private ProcessMemory() {}

    /** Bytes of it that are resident. */
    static long residentBytes() {
        try {
            return residentBytes(Files.readString(STATUS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static long residentBytes(String status) {
        Matcher line = RESIDENT.matcher(status);
        if (!line.find()) {
            throw new IllegalStateException(STATUS + ": no VmRSS");
        }
        return Math.multiplyExact(Long.parseLong(line.group(1)), 1024L);
    }

    /** Bytes that it may use: the limit of its control group, else the machine's memory. */
    static long limitBytes() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
    }
}
