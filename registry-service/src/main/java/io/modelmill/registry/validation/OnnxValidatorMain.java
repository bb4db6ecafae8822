package io.modelmill.registry.validation;

import io.modelmill.registry.validation.graph.GraphReader;
import io.modelmill.registry.validation.graph.ModelFault;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The child process: reads one {@link ValidationRequest} after the other from its input, reads the graph, opens it with
 * ONNX Runtime, runs it once and answers each request with a {@link ValidationReport}, both as {@link Frames}. A broken or
 * hostile model may kill it; whoever started it, reads that from the exit status.
 */
public final class OnnxValidatorMain {
    /** The parent died or wants no more: nobody reads reports. */
    static final int PARENT_GONE = 4;

    private OnnxValidatorMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        beFirstToGoWhenMemoryIsShort();
        OutputStream answers = System.out;
        // What libraries print must not come between the answers.
        System.setOut(System.err);
        BlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
        // A thread of its own, which sees the end of the parent while a model runs.
        Thread.ofPlatform().daemon().name("requests").start(() -> listen(requests));
        try {
            while (true) {
                byte[] report = inspect(ValidationRequest.read(requests.take())).write();
                Frames.write(answers, report);
            }
        } catch (RuntimeException | IOException failure) {
            failure.printStackTrace();
            // Not exit(): a thread of the runtime that hangs must not hold the end up.
            Runtime.getRuntime().halt(1);
        }
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

    private static void listen(BlockingQueue<byte[]> requests) {
        try {
            Optional<byte[]> request = Frames.read(System.in);
            while (request.isPresent()) {
                requests.add(request.get());
                request = Frames.read(System.in);
            }
        } catch (IOException e) {
            // A broken pipe says the same as the end of the input.
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
