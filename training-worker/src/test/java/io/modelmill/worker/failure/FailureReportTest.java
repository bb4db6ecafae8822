package io.modelmill.worker.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.dataset.BadDataException;
import org.junit.jupiter.api.Test;

class FailureReportTest {
    @Test
    void tellsWhoseFaultItIs() {
        assertThat(FailureReport.of(new JobFailedException("line 3: bad")))
                .isEqualTo(new FailureReport(true, "line 3: bad"));
        assertThat(FailureReport.of(new BadDataException("line 3: bad")))
                .isEqualTo(new FailureReport(true, "line 3: bad"));
        assertThat(FailureReport.of(new PlatformFailedException("no registry")))
                .isEqualTo(new FailureReport(false, "no registry"));
    }

    @Test
    void keepsTheFirstLineOfNativeMessages() {
        var thrown = new RuntimeException("mat1 and mat2 shapes cannot be multiplied\nException raised from addmm\n#0");
        assertThat(FailureReport.of(thrown))
                .isEqualTo(new FailureReport(
                        false, "unexpected RuntimeException: mat1 and mat2 shapes cannot be multiplied"));
    }

    @Test
    void blamesTheJobForItsHungerForMemory() {
        FailureReport report = FailureReport.of(new OutOfMemoryError("Java heap space"));
        assertThat(report.jobAtFault()).isTrue();
        assertThat(report.message()).contains("Java heap space", "MiB");
    }

    @Test
    void bearsAMissingMessage() {
        assertThat(FailureReport.of(new IllegalStateException()).message())
                .isEqualTo("unexpected IllegalStateException: no message");
    }
}
