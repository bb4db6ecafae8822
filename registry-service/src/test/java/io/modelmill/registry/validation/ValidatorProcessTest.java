package io.modelmill.registry.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.validation.graph.GraphFiles;
import io.modelmill.registry.validation.graph.GraphLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidatorProcessTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final long HEAP = 64L << 20;
    private static final long MEMORY = 4L << 30;

    @TempDir
    private Path folder;

    @Test
    void acceptsModel() throws Exception {
        Files.write(folder.resolve("model.onnx"), OnnxModels.classifier(4, 3));

        ValidationOutcome outcome =
                new ValidatorProcess(OnnxValidatorMain.class, LONG, HEAP, MEMORY).run(folder, request(3));

        assertThat(outcome).isInstanceOf(ValidationOutcome.Accepted.class);
    }

    @Test
    void endsProcessThatHangs() throws Exception {
        assertThat(run(Hanging.class, Duration.ofSeconds(1)))
                .isEqualTo(new ValidationOutcome.Refused("loading the model and running it once took longer than 1 s"));
        assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive))
                .isEmpty();
    }

    @Test
    void endsProcessThatTakesTooMuchMemory() throws Exception {
        Files.write(folder.resolve("model.onnx"), OnnxModels.hungry(1L << 30));

        ValidationOutcome outcome =
                new ValidatorProcess(OnnxValidatorMain.class, LONG, HEAP, 300L << 20).run(folder, request(0));

        assertThat(outcome)
                .isEqualTo(new ValidationOutcome.Refused(
                        "loading the model and running it once took more than 300 MiB of memory"));
    }

    @Test
    void refusesModelThatCrashesTheProcess() throws Exception {
        assertThat(run(Crashing.class, LONG))
                .isEqualTo(new ValidationOutcome.Refused("ONNX Runtime crashed on the model (signal 11)"));
    }

    @Test
    void refusesModelThatEndsTheProcessEarly() throws Exception {
        assertThat(run(Ending.class, LONG))
                .isEqualTo(new ValidationOutcome.Refused("the model ended its validation early (status 0)"));
    }

    @Test
    void tellsAFaultOfOursFromAFaultOfTheModel() {
        assertThatThrownBy(() -> run(Babbling.class, LONG)).isInstanceOf(IOException.class);
    }

    @Test
    void passesNoneOfTheServicesEnvironmentOn() throws Exception {
        assertThat(run(Spying.class, LONG))
                .isInstanceOfSatisfying(
                        ValidationOutcome.Refused.class,
                        refused -> assertThat(refused.reason()).contains("PATH").doesNotContain("HOME"));
    }

    private ValidationOutcome run(Class<?> mainClass, Duration timeout) throws IOException, InterruptedException {
        return new ValidatorProcess(mainClass, timeout, HEAP, MEMORY).run(folder, request(0));
    }

    private ValidationRequest request(int classLabels) {
        return new ValidationRequest(
                folder.toString(),
                new GraphFiles("model.onnx", Map.of(), List.of()),
                new GraphLimits(1 << 20, 100, 4, 4, 1L << 32, Set.of()),
                classLabels);
    }

    static final class Hanging {
        private Hanging() {}

        public static void main(String[] arguments) throws InterruptedException {
            new CountDownLatch(1).await();
        }
    }

    static final class Crashing {
        private Crashing() {}

        public static void main(String[] arguments) {
            // What a shell would see of a process that died of SIGSEGV.
            Runtime.getRuntime().halt(128 + 11);
        }
    }

    static final class Ending {
        private Ending() {}

        public static void main(String[] arguments) {}
    }

    static final class Babbling {
        private Babbling() {}

        public static void main(String[] arguments) {
            System.out.println("no report");
        }
    }

    static final class Spying {
        private Spying() {}

        public static void main(String[] arguments) {
            System.out.println(
                    new ValidationReport(null, System.getenv().keySet().toString()).write());
        }
    }
}
