package io.modelmill.registry.version;

import static io.modelmill.registry.version.VersionState.ARCHIVED;
import static io.modelmill.registry.version.VersionState.DELETED;
import static io.modelmill.registry.version.VersionState.PENDING_UPLOAD;
import static io.modelmill.registry.version.VersionState.PURGED;
import static io.modelmill.registry.version.VersionState.QUARANTINED;
import static io.modelmill.registry.version.VersionState.READY;
import static io.modelmill.registry.version.VersionState.REJECTED;
import static io.modelmill.registry.version.VersionState.REVOKED;
import static io.modelmill.registry.version.VersionState.VALIDATING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.validation.ModelSignature;
import io.modelmill.servicekit.fixture.TestCallers;
import jakarta.inject.Inject;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Walks every transition of the table on rows of the real database. */
@RegistryIntegrationTest
class VersionStateIT {
    /** Lives that take every step which a version can take. */
    private static final List<List<VersionState>> LIVES = List.of(
            List.of(PENDING_UPLOAD, DELETED, PENDING_UPLOAD, VALIDATING, REJECTED, DELETED, REJECTED),
            List.of(PENDING_UPLOAD, VALIDATING, READY, ARCHIVED, READY, ARCHIVED, DELETED, ARCHIVED, REVOKED),
            List.of(PENDING_UPLOAD, VALIDATING, READY, REVOKED, DELETED, REVOKED),
            List.of(PENDING_UPLOAD, VALIDATING, READY, QUARANTINED, DELETED, QUARANTINED, REVOKED, DELETED, PURGED));

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("walker");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void everyTransitionOfTheTableIsWalkedAndNoOther() {
        Set<String> walked = new HashSet<>();
        for (List<VersionState> life : LIVES) {
            VersionKey key = pendingVersion();
            // One transaction for the whole life, that the service's own validation never sees the version.
            jdbi.useTransaction(transaction -> {
                for (int step = 1; step < life.size(); step++) {
                    VersionState from = life.get(step - 1);
                    VersionState next = life.get(step);
                    refuseAllOthers(transaction, key, from);
                    PostgresVersionStore.noteValidation(transaction, key, new ModelSignature(List.of(), List.of()));
                    PostgresVersionStore.move(transaction, key, from, next, "");
                    assertThat(PostgresVersionStore.find(transaction, key)
                                    .orElseThrow()
                                    .state())
                            .isEqualTo(next);
                    walked.add(from + " to " + next);
                }
            });
            assertThat(state(key)).isEqualTo(life.getLast());
        }

        Set<String> table = new HashSet<>();
        for (VersionState state : VersionState.values()) {
            state.followers().forEach(next -> table.add(state + " to " + next));
        }
        assertThat(walked).isEqualTo(table);
    }

    @Test
    void refusesToMoveAVersionThatIsSomewhereElse() {
        VersionKey key = pendingVersion();

        assertThatThrownBy(() -> jdbi.useTransaction(
                        transaction -> PostgresVersionStore.move(transaction, key, VALIDATING, REJECTED, "")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(key.name() + " is not VALIDATING, so that it cannot become REJECTED");
        assertThat(state(key)).isEqualTo(PENDING_UPLOAD);
    }

    private static void refuseAllOthers(Handle transaction, VersionKey key, VersionState from) {
        Arrays.stream(VersionState.values())
                .filter(next -> !from.followers().contains(next))
                .forEach(next -> assertThatThrownBy(() -> PostgresVersionStore.move(transaction, key, from, next, ""))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage(from + " to " + next + " (expected: one of " + from.followers() + ")"));
    }

    private VersionKey pendingVersion() {
        // Not uploaded, so that validation leaves it alone.
        ModelVersion version = tenant.models()
                .createModelVersion(
                        tenant.version("walker", OnnxModels.classifier(2, 2)).build());
        return new VersionKey(
                new ModelKey(tenant.id(), "walker"),
                Long.parseLong(version.getName().substring(version.getName().lastIndexOf('/') + 1)));
    }

    private VersionState state(VersionKey key) {
        return jdbi.withHandle(handle -> PostgresVersionStore.find(handle, key))
                .orElseThrow()
                .state();
    }
}
