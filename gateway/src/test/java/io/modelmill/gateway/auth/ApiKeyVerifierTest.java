package io.modelmill.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.paging.PageRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ApiKeyVerifierTest {
    private static final Duration LIFETIME = Duration.ofSeconds(5);
    private static final KeyDigester DIGESTER = new KeyDigester(new byte[32]);

    private final CountingStore store = new CountingStore();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final ApiKeyVerifier verifier =
            new ApiKeyVerifier(store, DIGESTER, Optional.of("administrator"), LIFETIME, () -> now);

    @Test
    void asksOncePerLifetime() {
        Credential credential = store.add(Optional.empty());

        assertThat(verifier.recall(credential.text())).isEmpty();
        assertThat(verifier.verify(credential.text()).tenant()).hasValue("acme");
        assertThat(verifier.recall(credential.text())).isPresent();
        verifier.verify(credential.text());
        assertThat(store.questions).isEqualTo(1);

        now = now.plus(LIFETIME);
        verifier.verify(credential.text());
        assertThat(store.questions).isEqualTo(2);
    }

    @Test
    void refusesADeletedKeyOnceItIsForgotten() {
        Credential credential = store.add(Optional.empty());
        verifier.verify(credential.text());
        store.keys.clear();

        now = now.plus(LIFETIME.minusMillis(1));
        assertThat(verifier.verify(credential.text()).tenant()).hasValue("acme");
        now = now.plusMillis(1);
        refuses(() -> verifier.verify(credential.text()));
    }

    @Test
    void forgetsAtOnceWhatIsDeletedHere() {
        Credential credential = store.add(Optional.empty());
        verifier.verify(credential.text());
        store.keys.clear();

        verifier.forget(credential.keyId());

        refuses(() -> verifier.verify(credential.text()));
    }

    @Test
    void refusesAKeyThatEndsWhileItIsRemembered() {
        Credential credential = store.add(Optional.of(now.plusSeconds(1)));
        verifier.verify(credential.text());

        now = now.plusSeconds(1);

        refuses(() -> verifier.recall(credential.text()));
    }

    @Test
    void asksOnceForAWrongSecret() {
        Credential credential = store.add(Optional.empty());
        String wrong = credential.text() + "x";

        refuses(() -> verifier.verify(wrong));
        refuses(() -> verifier.recall(wrong));
        refuses(() -> verifier.verify(wrong));

        assertThat(store.questions).isEqualTo(1);
        assertThat(verifier.verify(credential.text()).tenant()).hasValue("acme");
    }

    @Test
    void knowsTheAdministratorWithoutTheDatabase() {
        assertThat(verifier.recall("mm_admin.administrator")).hasValueSatisfying(caller -> {
            assertThat(caller.tenant()).isEmpty();
            assertThat(caller.subject()).isEqualTo("apiKeys/admin");
        });
        assertThat(store.questions).isZero();
        refuses(() -> verifier.verify("mm_admin.guess"));
    }

    @Test
    void saysThatTheDatabaseIsAway() {
        Credential credential = store.add(Optional.empty());
        store.broken = true;

        assertThatThrownBy(() -> verifier.verify(credential.text()))
                .isInstanceOfSatisfying(ServiceException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(CommonReason.DEPENDENCY_UNAVAILABLE);
                    assertThat(failure.getMessage()).doesNotContain("password");
                });
    }

    private static void refuses(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(CommonReason.CREDENTIAL_INVALID));
    }

    private static final class CountingStore implements ApiKeyStore {
        private final Map<String, StoredApiKey> keys = new HashMap<>();
        private int questions;
        private boolean broken;

        Credential add(Optional<Instant> expireTime) {
            Credential credential = Credential.random(new SecureRandom());
            insert(new StoredApiKey(
                    new ApiKey(credential.keyId(), "acme", "", Instant.EPOCH, expireTime),
                    DIGESTER.digest(credential)));
            return credential;
        }

        @Override
        public boolean insert(StoredApiKey key) {
            keys.put(key.key().id(), key);
            return true;
        }

        @Override
        public Optional<StoredApiKey> find(String keyId) {
            questions++;
            if (broken) {
                throw new IllegalStateException("connection with password lost");
            }
            return Optional.ofNullable(keys.get(keyId));
        }

        @Override
        public List<ApiKey> list(String tenantId, PageRequest page) {
            return keys.values().stream().map(StoredApiKey::key).toList();
        }

        @Override
        public boolean delete(String tenantId, String keyId) {
            return keys.remove(keyId) != null;
        }
    }
}
