package io.modelmill.worker.run;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.worker.plan.DataPlan;
import io.modelmill.worker.plan.OptimizerPlan;
import io.modelmill.worker.plan.TrainingPlan;
import io.modelmill.worker.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Small jobs and their data. */
final class Plans {
    /** Trains to the end without a word. */
    static final TrainingListener SILENT = new TrainingListener() {
        @Override
        public void epochFinished(int epoch, Map<String, Double> metrics) {}

        @Override
        public boolean stopRequested() {
            return false;
        }
    };

    static final OptimizerPlan ADAM = new OptimizerPlan("adam", 0.01, 0, 0);

    private Plans() {}

    static TrainingPlan classifier(String normalization, OptimizerPlan optimizer, int epochs, LayerSpec... layers) {
        return new TrainingPlan(
                new DataPlan("kind", List.of(), 0.25, normalization),
                List.of(layers),
                "cross_entropy",
                optimizer,
                epochs,
                16,
                7);
    }

    static TrainingPlan regressor(OptimizerPlan optimizer, int epochs, LayerSpec... layers) {
        return new TrainingPlan(
                new DataPlan("y", List.of(), 0.25, "none"),
                List.of(layers),
                "mean_squared_error",
                optimizer,
                epochs,
                16,
                7);
    }

    /** 150 rows of three kinds in four measures of very different sizes, as flowers might be. */
    static Path flowers(Path folder) throws IOException {
        var random = new Random(3);
        var text = new StringBuilder("length,width,weight,constant,kind\n");
        for (int row = 0; row < 150; row++) {
            int kind = row % 3;
            text.append(String.format(
                    Locale.ROOT,
                    "%.3f,%.3f,%.1f,7,%s\n",
                    kind + random.nextGaussian() / 4,
                    2 - kind + random.nextGaussian() / 4,
                    300 * kind + 40 * random.nextGaussian(),
                    List.of("iris", "rose", "tulip").get(kind)));
        }
        return Files.writeString(folder.resolve("flowers.csv"), text);
    }

    /** {@code y = 2x}. */
    static Path doubles(Path folder) throws IOException {
        var text = new StringBuilder("x,y\n");
        for (int x = -100; x < 100; x++) {
            text.append(x / 50.0).append(',').append(2 * x / 50.0).append('\n');
        }
        return Files.writeString(folder.resolve("doubles.csv"), text);
    }
}
