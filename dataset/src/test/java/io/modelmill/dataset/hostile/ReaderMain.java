package io.modelmill.dataset.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFiles;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads data sets that it is told of, line by line: a format, then names and paths, between tabs. It answers each with a
 * line: {@code ROWS} and their number, {@code BAD} and the message, or {@code FAILED} and what else was thrown.
 */
final class ReaderMain {
    private ReaderMain() {}

    public static void main(String[] arguments) throws IOException {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        PrintStream answers = new PrintStream(System.out, true, UTF_8);
        for (String request = requests.readLine(); request != null; request = requests.readLine()) {
            answers.println(answer(request.split("\t")).replace('\n', ' '));
        }
    }

    @SuppressWarnings("CatchingUnchecked")
    private static String answer(String[] request) {
        List<DatasetFile> files = new ArrayList<>();
        for (int index = 1; index < request.length; index += 2) {
            files.add(new DatasetFile(request[index], Path.of(request[index + 1])));
        }
        try {
            return "ROWS " + read(DatasetFormat.valueOf(request[0]), files);
        } catch (BadDataException e) {
            return "BAD " + e.getMessage();
        } catch (Throwable e) {
            // What must not happen is told, whatever it is.
            return "FAILED " + e + " at "
                    + List.of(e.getStackTrace()).stream().limit(8).toList();
        }
    }

    private static long read(DatasetFormat format, List<DatasetFile> files) throws IOException {
        try (RowCursor cursor = DatasetFiles.open(format, files, ReadLimits.DEFAULT.withContentBytes(256 << 20));
                Arena arena = Arena.ofConfined()) {
            List<DatasetColumn> columns = cursor.columns();
            List<MemorySegment> tensors = columns.stream()
                    .map(column -> arena.allocate(ValueLayout.JAVA_FLOAT, column.size()))
                    .toList();
            long rows = 0;
            while (cursor.next()) {
                rows++;
                for (int column = 0; column < columns.size(); column++) {
                    if (columns.get(column).shape().isEmpty()) {
                        cursor.text(column);
                    } else {
                        cursor.tensor(column, tensors.get(column));
                    }
                }
            }
            return rows;
        }
    }
}
