package io.modelmill.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerEnvironmentTest {
    private final Map<String, String> variables = new HashMap<>(Map.of(
            "MODELMILL_JOB", "tenants/acme/trainingJobs/digits-1",
            "MODELMILL_FENCING_TOKEN", "7",
            "MODELMILL_ACCESS_TOKEN", "secret",
            "MODELMILL_TRAINING_ADDRESS", "127.0.0.1:7421",
            "MODELMILL_REGISTRY_ADDRESS", "127.0.0.1:7411",
            "MODELMILL_WORK_DIRECTORY", "/work"));

    @Test
    void readsAll() {
        variables.put("TRACEPARENT", "00-1-2-01");
        WorkerEnvironment environment = WorkerEnvironment.of(variables);
        assertThat(environment.tenant()).isEqualTo("tenants/acme");
        assertThat(environment.fencingToken()).isEqualTo(7);
        assertThat(environment.workDirectory()).isEqualTo(Path.of("/work"));
        assertThat(environment.traceParent()).contains("00-1-2-01");
    }

    @Test
    void goesWithoutATrace() {
        assertThat(WorkerEnvironment.of(variables).traceParent()).isEmpty();
    }

    @Test
    void namesAllThatIsMissingOrWrong() {
        variables.put("MODELMILL_JOB", "jobs/1");
        variables.put("MODELMILL_FENCING_TOKEN", "seven");
        variables.remove("MODELMILL_REGISTRY_ADDRESS");
        assertThatThrownBy(() -> WorkerEnvironment.of(variables))
                .hasMessage("MODELMILL_JOB: `jobs/1` (expected: tenants/{tenant}/trainingJobs/{job}); "
                        + "MODELMILL_FENCING_TOKEN: `seven` (expected: an integer); "
                        + "MODELMILL_REGISTRY_ADDRESS: missing");
    }

    @Test
    void doesNotShowTheToken() {
        assertThat(WorkerEnvironment.of(variables).toString()).doesNotContain("secret");
    }
}
