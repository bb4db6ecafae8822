package io.modelmill.registry.validation;

import io.modelmill.registry.validation.graph.GraphReader;
import io.modelmill.registry.validation.graph.ModelFault;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The child process: reads a {@link ValidationRequest} from its input, reads the graph, opens it with ONNX Runtime, runs it
 * once and prints a {@link ValidationReport}. A broken or hostile model may kill it; whoever started it, reads that from the
 * exit status.
 */
public final class OnnxValidatorMain {
    /** The parent died: nobody reads the report any more. */
    private static final int PARENT_GONE = 4;

    private OnnxValidatorMain() {}

    public static void main(String[] arguments) throws IOException {
        beFirstToGoWhenMemoryIsShort();
        ValidationRequest request = ValidationRequest.read(
                Frames.read(System.in).orElseThrow(() -> new IOException("the input ended before a request")));
        Thread.ofPlatform().daemon().name("parent-watch").start(OnnxValidatorMain::endWithParent);
        ValidationReport report = inspect(request);
        PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        output.println();
        output.println(report.write());
        // Not exit(): a thread of the runtime that hangs must not hold the end up.
        output.flush();
        Runtime.getRuntime().halt(0);
    }

    private static ValidationReport inspect(ValidationRequest request) throws IOException {
        Path folder = Path.of(request.folder());
        try {
            GraphReader.check(folder, request.files(), request.limits());
            Path graph = folder.resolve(request.files().graph());
            return new ValidationReport(OnnxInspection.inspect(graph, request.classLabels()), null);
        } catch (ModelFault fault) {
            return new ValidationReport(null, fault.getMessage());
        }
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nothing more is ever sent; the end of the stream is the end of the parent.
            }
        } catch (IOException e) {
            // A broken pipe says the same.
        }
        Runtime.getRuntime().halt(PARENT_GONE);
    }

    private static void beFirstToGoWhenMemoryIsShort() {
        Path score = Path.of("/proc/self/oom_score_adj");
        if (Files.isWritable(score)) {
            try {
                Files.writeString(score, "1000", StandardOpenOption.WRITE);
            } catch (IOException e) {
                System.err.println("oom_score_adj stays as it is: " + e.getMessage());
            }
        }
    }
}
