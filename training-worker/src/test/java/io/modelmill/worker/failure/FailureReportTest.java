package io.modelmill.worker.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.dataset.BadDataException;
import io.modelmill.worker.failure.FailureReport.Cause;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureReportTest {
    @Test
    void tellsWhoseFaultItIs() {
        assertThat(FailureReport.of(new JobFailedException("line 3: bad")))
                .isEqualTo(new FailureReport(Cause.JOB, "line 3: bad"));
        assertThat(FailureReport.of(new BadDataException("line 3: bad")))
                .isEqualTo(new FailureReport(Cause.JOB, "line 3: bad"));
        assertThat(FailureReport.of(new PlatformFailedException("no registry")))
                .isEqualTo(new FailureReport(Cause.PLATFORM, "no registry"));
    }

    @Test
    void keepsTheFirstLineOfNativeMessages() {
        var thrown = new RuntimeException("mat1 and mat2 shapes cannot be multiplied\nException raised from addmm\n#0");
        assertThat(FailureReport.of(thrown))
                .isEqualTo(new FailureReport(
                        Cause.PLATFORM, "unexpected RuntimeException: mat1 and mat2 shapes cannot be multiplied"));
    }

    @Test
    void tellsHungerForMemory() {
        FailureReport report = FailureReport.of(new OutOfMemoryError("Java heap space"));
        assertThat(report.cause()).isEqualTo(Cause.MEMORY);
        assertThat(report.message()).contains("Java heap space", "MiB");
    }

    @Test
    void knowsHungerForMemoryOfNativeCode() {
        for (String told : List.of(
                "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"
                        + " 4000000000000 bytes. Error code 12 (Cannot allocate memory)",
                "CUDA out of memory. Tried to allocate 20.00 GiB.",
                "std::bad_alloc")) {
            assertThat(FailureReport.of(new RuntimeException(told)).cause())
                    .as(told)
                    .isEqualTo(Cause.MEMORY);
        }
    }

    @Test
    void bearsAMissingMessage() {
        assertThat(FailureReport.of(new IllegalStateException()).message())
                .isEqualTo("unexpected IllegalStateException: no message");
    }
}
