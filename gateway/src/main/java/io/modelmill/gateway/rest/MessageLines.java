package io.modelmill.gateway.rest;

import com.google.protobuf.Message;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream of messages as they come.
 *
 * @param events as server-sent events (WHATWG), else as lines of JSON
 */
record MessageLines(BlockingClientCall<?, Message> messages, boolean events) {
    /** Writes all messages; ends when the stream ends or the client goes away. */
    void write(@Nullable Message first, OutputStream sink) throws IOException {
        try {
            for (Message next = first; next != null; next = messages.read()) {
                writeLine("", JsonBinding.printLine(next), sink);
            }
        } catch (StatusException failure) {
            writeLine("error", new String(JsonBinding.errorBody(Failure.of(failure)), StandardCharsets.UTF_8), sink);
        } catch (InterruptedException e) {
            messages.cancel("interrupted", e);
            throw new InterruptedIOException();
        } catch (IOException gone) {
            messages.cancel("the client has gone", gone);
            throw gone;
        }
    }

    private void writeLine(String event, String json, OutputStream sink) throws IOException {
        String line =
                events ? (event.isEmpty() ? "" : "event: " + event + "\n") + "data: " + json + "\n\n" : json + "\n";
        sink.write(line.getBytes(StandardCharsets.UTF_8));
        sink.flush();
    }
}
