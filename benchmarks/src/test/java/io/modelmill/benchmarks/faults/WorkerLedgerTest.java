package io.modelmill.benchmarks.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.benchmarks.faults.WorkerLedger.Call;
import io.modelmill.benchmarks.faults.WorkerLedger.Entry;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerLedgerTest {
    @TempDir
    Path folder;

    @Test
    void readsWhatWorkersNoted() {
        String job = "tenants/a/trainingJobs/one";
        Entry first = new Entry(job, 1, 10, Call.PROGRESS, Instant.parse("2026-01-02T03:04:05.678901Z"), "OK");
        Entry second = new Entry(job, 1, 10, Call.TRAINED, Instant.parse("2026-01-02T03:04:06Z"), "ABORTED");
        Entry other = new Entry(job, 2, 11, Call.START, Instant.parse("2026-01-02T03:04:07Z"), "OK");
        WorkerLedger one = new WorkerLedger(folder, job, 1);
        one.note(first);
        one.note(second);
        new WorkerLedger(folder, job, 2).note(other);

        assertThat(WorkerLedger.read(folder)).containsExactly(first, second, other);
        assertThat(first.isAccepted()).isTrue();
        assertThat(second.isAccepted()).isFalse();
        assertThat(second.isRefusedAsStale()).isTrue();
    }
}
