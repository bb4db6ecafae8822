package io.modelmill.localservers.kafka;

import java.nio.file.Path;

/** Runs a broker as a process of its own until it is told to end. Arguments: folder, port, controller port. */
public final class KafkaBrokerMain {
    private KafkaBrokerMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 3) {
            System.err.println("arguments: " + arguments.length + " (expected: FOLDER PORT CONTROLLER_PORT)");
            System.exit(2);
        }
        KafkaBroker broker = KafkaBroker.start(
                Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop-kafka"));
        broker.awaitShutdown();
    }
}
