package io.modelmill.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.inject.Inject;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** What the gateway does at its start when its database was set back. */
@GatewayIntegrationTest
class RestoredUsagesIT {
    @Inject
    Jdbi jdbi;

    @Inject
    PostgresTrainingUsages usages;

    @Test
    void readsTopicsFromTheirBeginning() {
        // Of a topic that nobody follows, so that no other offset takes its place.
        usages.add(List.of(), "a-topic-that-is-gone", 0, 1_000_000);
        jdbi.useHandle(handle -> handle.execute("INSERT INTO restore_notice DEFAULT VALUES"));

        RestoredUsages replica = new RestoredUsages(jdbi);
        replica.start(new StartupEvent());

        assertThat(usages.nextOffset("a-topic-that-is-gone", 0)).isEmpty();
        Eventually.holds(
                "nothing is left to be done",
                () -> jdbi.withHandle(handle -> handle.createQuery("SELECT NOT EXISTS (SELECT FROM restore_notice)")
                        .mapTo(Boolean.class)
                        .one()));
        replica.stop(new ShutdownEvent());
        usages.add(List.of(), "a-topic-that-is-gone", 0, 7);
        new RestoredUsages(jdbi).start(new StartupEvent());
        assertThat(usages.nextOffset("a-topic-that-is-gone", 0)).hasValue(7);
    }
}
