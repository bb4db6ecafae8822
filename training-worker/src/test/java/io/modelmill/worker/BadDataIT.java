package io.modelmill.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.worker.v1.Failure;
import io.modelmill.worker.fixture.BadData;
import io.modelmill.worker.fixture.FakeFleet;
import io.modelmill.worker.fixture.TrainingSpecs;
import io.modelmill.worker.fixture.WorkerProcess;
import io.modelmill.worker.process.ExitCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole jobs on data that the registry should not have taken: each tells its owner what is wrong, and its process ends well. */
class BadDataIT {
    /** Only guards against hanging. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path folder;

    static List<BadData> thirty() {
        return BadData.thirty();
    }

    @Test
    void areThirty() {
        assertThat(thirty()).hasSize(30);
    }

    @ParameterizedTest
    @MethodSource("thirty")
    void blamesTheJobAndNamesThePlace(BadData data) throws Exception {
        try (var fleet = new FakeFleet(spec(data), data.format(), data.files());
                var worker = WorkerProcess.start(fleet.environment(folder.resolve("work")), folder)) {
            assertThat(worker.exitCode(PATIENCE)).as(worker.log()).isEqualTo(ExitCode.OUTCOME_REPORTED.code());

            assertThat(fleet.training.outcome).isDone();
            Failure failure = fleet.training.outcome.join().getFailure();
            assertThat(failure.getMessage()).as(worker.log()).contains(data.message(), " (expected: ");
            assertThat(failure.getCause()).isEqualTo(Failure.Cause.CAUSE_JOB);
        }
    }

    private static TrainingSpec spec(BadData data) {
        return switch (data.format()) {
            case FORMAT_CSV, FORMAT_TSV, FORMAT_TEXT -> TrainingSpecs.flowers(1);
            default -> TrainingSpecs.images("label");
        };
    }
}
