package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import jakarta.inject.Inject;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The database itself keeps what must hold, whatever the code does. */
@TrainingServiceTest
class TerminalStateIT {
    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void refusesAnyChangeOfTerminalJob() {
        String name = jobs.submit("train-1").getName();
        jobs.cancel(name);
        for (String change :
                new String[] {"state = 'QUEUED', end_time = NULL", "state_reason = 'x'", "metrics = '{}'"}) {
            assertThatThrownBy(() -> jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET " + change)))
                    .hasMessageContaining("training job train-1 is CANCELLED and cannot change");
        }
        assertThat(life.happen(JobName.parse(name, "name"), new Happening.VersionReady("v", Map.of())))
                .isEmpty();
        assertThat(jobs.watch(name, 0)).hasSize(2);
    }

    @Test
    void refusesTerminalStateWithoutEndAndSuccessWithoutVersion() {
        jobs.submit("train-1");
        assertThatThrownBy(() -> jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET state = 'FAILED'")))
                .hasMessageContaining("check constraint");
        assertThatThrownBy(() -> jdbi.useHandle(
                        handle -> handle.execute("UPDATE training_job SET state = 'SUCCEEDED', end_time = now()")))
                .hasMessageContaining("check constraint");
    }

    @Test
    void refusesSecondOpenAttempt() {
        jobs.submit("train-1");
        assertThat(life.startNext("test", Rooms.PLENTY)).isPresent();
        // The same attempt with the next number, whatever columns there are.
        assertThatThrownBy(() -> jdbi.useTransaction(transaction -> {
                    transaction.execute("CREATE TEMPORARY TABLE second ON COMMIT DROP AS SELECT * FROM job_attempt");
                    transaction.execute("UPDATE second SET number = number + 1");
                    transaction.execute("INSERT INTO job_attempt SELECT * FROM second");
                }))
                .hasMessageContaining("job_attempt_open");
    }
}
