package io.modelmill.benchmarks.training;

import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.train.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Trains by the bare loop and by the trainer in turn, in the process that a worker is. Arguments: network, rows, epochs of a round,
 * rounds, folder. Each round answers a line, a {@link Round}.
 */
public final class TrainingRunnerMain {
    private static final long SEED = 1;

    private TrainingRunnerMain() {}

    public static void main(String[] arguments) throws IOException {
        TrainedNetwork network = TrainedNetwork.valueOf(arguments[0]);
        int rows = Integer.parseInt(arguments[1]);
        int epochs = Integer.parseInt(arguments[2]);
        int rounds = Integer.parseInt(arguments[3]);
        Path folder = Path.of(arguments[4]);
        TorchRuntime.prepare(SEED);
        Path store = Files.createDirectories(folder.resolve("store"));
        try (TrainingData data = TrainerLoop.prepare(ImageFiles.write(folder, rows), store)) {
            BareLoop bare = new BareLoop(network);
            TrainerLoop trainer = new TrainerLoop(network, data);
            for (int round = 0; round < rounds; round++) {
                // Who goes first finds the cooler machine: they take turns.
                boolean bareFirst = round % 2 == 0;
                List<Double> first = bareFirst ? bare.train(rows, epochs) : trainer.train(epochs);
                List<Double> second = bareFirst ? trainer.train(epochs) : bare.train(rows, epochs);
                System.out.println(bareFirst ? new Round(first, second) : new Round(second, first));
            }
        }
    }
}
