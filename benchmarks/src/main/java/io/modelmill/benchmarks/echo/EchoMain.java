package io.modelmill.benchmarks.echo;

import io.modelmill.benchmarks.machine.LoopbackPort;
import java.io.IOException;

/** Runs an {@link EchoServer} on a free port, which it prints, until its standard input ends. */
public final class EchoMain {
    private EchoMain() {}

    public static void main(String[] arguments) throws IOException {
        try (EchoServer server = EchoServer.start(LoopbackPort.HOST, 0)) {
            System.out.println(server.port());
            // Whoever started this holds the other end.
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }
}
