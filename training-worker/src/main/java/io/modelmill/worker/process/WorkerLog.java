package io.modelmill.worker.process;

import com.google.errorprone.annotations.FormatMethod;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/** The worker's log: plain lines with the time on standard output, which the runner keeps. */
public final class WorkerLog {
    private WorkerLog() {}

    /** Writes one line. */
    @FormatMethod
    public static void write(String format, @Nullable Object... arguments) {
        String line = Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + format.formatted(arguments);
        System.out.println(line);
        System.out.flush();
    }

    /** Writes a line and where it was thrown. */
    public static void writeFailure(String message, Throwable thrown) {
        var trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        write("%s: %s", message, trace.toString().stripTrailing());
    }

    /** Sends the warnings of libraries to the same place. */
    public static void adoptLibraries() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.WARNING);
        var formatter = new SimpleFormatter();
        root.addHandler(new Handler() {
            @Override
            public void publish(LogRecord record) {
                String message = record.getLoggerName() + ": " + formatter.formatMessage(record);
                Throwable thrown = record.getThrown();
                if (thrown == null) {
                    write("%s", message);
                } else {
                    writeFailure(message, thrown);
                }
            }

            @Override
            public void flush() {
                System.out.flush();
            }

            @Override
            public void close() {}
        });
    }
}
