package io.modelmill.registry.version;

import static io.modelmill.registry.version.VersionState.ARCHIVED;
import static io.modelmill.registry.version.VersionState.DELETED;
import static io.modelmill.registry.version.VersionState.PENDING_UPLOAD;
import static io.modelmill.registry.version.VersionState.PURGED;
import static io.modelmill.registry.version.VersionState.QUARANTINED;
import static io.modelmill.registry.version.VersionState.READY;
import static io.modelmill.registry.version.VersionState.REJECTED;
import static io.modelmill.registry.version.VersionState.REVOKED;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import jakarta.inject.Inject;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each call that changes a version's state, tried in each state. */
@RegistryIntegrationTest
class VersionStepIT {
    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private RegistryTenant tenant;
    private VersionCalls calls;
    private String name;

    /** A version whose files are never uploaded, so that nothing moves it but this test. */
    @BeforeEach
    void makeVersion() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        calls = new VersionCalls(tenant.models());
        tenant.createModel("stepped");
        name = tenant.models()
                .createModelVersion(
                        tenant.version("stepped", OnnxModels.classifier(8, 8)).build())
                .getName();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void archivesWhatIsReady() {
        assertAllowed("READY", List.of(READY), version -> calls.archive(version, "", ""), ARCHIVED);
    }

    @Test
    void restoresWhatIsArchived() {
        assertAllowed("ARCHIVED", List.of(ARCHIVED), version -> calls.restore(version, ""), READY);
    }

    @Test
    void revokesWhatWasReady() {
        assertAllowed(
                "READY or ARCHIVED or QUARANTINED",
                List.of(READY, ARCHIVED, QUARANTINED),
                version -> calls.revoke(version, "", "wrong"),
                REVOKED);
    }

    @Test
    void deletesWhatIsNotInService() {
        assertAllowed(
                "PENDING_UPLOAD or REJECTED or ARCHIVED or REVOKED or QUARANTINED",
                List.of(PENDING_UPLOAD, REJECTED, ARCHIVED, REVOKED, QUARANTINED),
                version -> calls.delete(version, ""),
                DELETED);
    }

    @Test
    void undeletesWhatIsDeleted() {
        assertAllowed("DELETED", List.of(DELETED), version -> calls.undelete(version, ""), ARCHIVED);
    }

    private void assertAllowed(
            String expected, List<VersionState> allowed, Function<String, ModelVersion> call, VersionState next) {
        // As if one validated it, so that the service leaves it alone in VALIDATING.
        try (Handle lock = jdbi.open()) {
            lock.begin();
            lock.createQuery("SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:name, 0))")
                    .bind("name", name)
                    .mapTo(Integer.class)
                    .one();
            for (VersionState state : VersionState.values()) {
                put(state);
                if (allowed.contains(state)) {
                    assertThat(call.apply(name).getState())
                            .as("from %s", state)
                            .isEqualTo(ModelVersion.State.valueOf("STATE_" + next));
                } else {
                    assertRefused(state, expected, call);
                }
            }
            put(ARCHIVED);
            lock.rollback();
        }
    }

    private void assertRefused(VersionState state, String expected, Function<String, ModelVersion> call) {
        ModelVersion before = tenant.get(name);
        try {
            throw new AssertionError("answered in " + state + ": " + call.apply(name));
        } catch (StatusRuntimeException refused) {
            Refusals refusal = Refusals.of(refused);
            refusal.is(Status.Code.FAILED_PRECONDITION, state == PURGED ? "VERSION_PURGED" : "VERSION_STATE_MISMATCH");
            String purged = "name: \"" + name + "\" was purged at 2026-01-02T03:04:05Z, its files are gone"
                    + " (expected: a version that is there)";
            assertThat(refusal.message())
                    .isEqualTo(
                            state == PURGED
                                    ? purged
                                    : "name: \"" + name + "\" is " + state + " (expected: " + expected + ")");
        }
        assertThat(tenant.get(name)).isEqualTo(before);
    }

    private void put(VersionState state) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE model_version SET state = :state,"
                        + " signature = '{\"inputs\": [], \"outputs\": []}',"
                        + " undelete_state = CASE WHEN CAST(:state AS text) IN ('DELETED', 'PURGED') THEN 'ARCHIVED' END,"
                        + " delete_time = CASE WHEN CAST(:state AS text) IN ('DELETED', 'PURGED') THEN now() END,"
                        + " purge_time = CASE WHEN CAST(:state AS text) IN ('DELETED', 'PURGED')"
                        + " THEN CAST('2026-01-02T03:04:05Z' AS timestamptz) END"
                        + " WHERE tenant = :tenant")
                .bind("state", state.name())
                .bind("tenant", tenant.id())
                .execute());
    }
}
