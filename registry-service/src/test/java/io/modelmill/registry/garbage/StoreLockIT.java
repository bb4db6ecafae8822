package io.modelmill.registry.garbage;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.registry.fixture.RegistryIntegrationTest;
import jakarta.inject.Inject;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class StoreLockIT {
    @Inject
    Jdbi jdbi;

    @Test
    void isOfOneCollectionOrOfManyBackups() {
        try (Handle collection = jdbi.open();
                Handle other = jdbi.open();
                Handle backup = jdbi.open()) {
            collection.begin();
            other.begin();
            backup.begin();

            assertThat(StoreLock.tryCollect(collection)).isTrue();
            assertThat(StoreLock.tryCollect(other)).isFalse();
            assertThat(tryBackUp(backup)).isFalse();

            collection.rollback();
            assertThat(tryBackUp(backup)).isTrue();
            assertThat(tryBackUp(other)).isTrue();
            collection.begin();
            assertThat(StoreLock.tryCollect(collection)).isFalse();

            other.rollback();
            backup.rollback();
            assertThat(StoreLock.tryCollect(collection)).isTrue();
            collection.rollback();
        }
    }

    private static boolean tryBackUp(Handle backup) {
        return backup.createQuery("SELECT pg_try_advisory_xact_lock_shared(:key)")
                .bind("key", StoreLock.KEY)
                .mapTo(Boolean.class)
                .one();
    }
}
