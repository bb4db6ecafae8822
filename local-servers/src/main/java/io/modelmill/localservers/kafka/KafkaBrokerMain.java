package io.modelmill.localservers.kafka;

import java.nio.file.Path;

/**
 * Runs a broker as a process of its own until it is told to end. Arguments: folder, port, controller port and, if clients are to use
 * another port, that one.
 */
public final class KafkaBrokerMain {
    private KafkaBrokerMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 3 && arguments.length != 4) {
            System.err.println(
                    "arguments: " + arguments.length + " (expected: FOLDER PORT CONTROLLER_PORT [ADVERTISED_PORT])");
            System.exit(2);
        }
        int port = Integer.parseInt(arguments[1]);
        KafkaBroker broker = KafkaBroker.start(
                Path.of(arguments[0]),
                port,
                Integer.parseInt(arguments[2]),
                arguments.length == 4 ? Integer.parseInt(arguments[3]) : port);
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop-kafka"));
        broker.awaitShutdown();
    }
}
