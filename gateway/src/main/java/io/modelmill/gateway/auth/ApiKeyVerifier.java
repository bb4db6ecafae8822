package io.modelmill.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Tells who holds a key. What the database said is remembered for a short time by the credential's digest: yes and no
 * apart, so that guessing callers cannot push the good keys out.
 */
public final class ApiKeyVerifier {
    private static final Logger LOG = Logger.getLogger(ApiKeyVerifier.class);
    private static final int REMEMBERED = 10_000;
    private static final String ADMIN_KEY_ID = "admin";
    private static final Caller ADMIN =
            new Caller("apiKeys/" + ADMIN_KEY_ID, Optional.empty(), Set.of(Role.PLATFORM_ADMIN));

    private final ApiKeyStore store;
    private final KeyDigester digester;
    private final Optional<KeyDigest> adminDigest;
    private final InstantSource clock;
    private final Cache<KeyDigest, ApiKey> accepted;
    private final Cache<KeyDigest, Boolean> refused;

    /**
     * @param adminSecret secret of the administrator's key, if there is one
     * @param cacheLifetime how long an answer of the database holds
     */
    ApiKeyVerifier(
            ApiKeyStore store,
            KeyDigester digester,
            Optional<String> adminSecret,
            Duration cacheLifetime,
            InstantSource clock) {
        this.store = store;
        this.digester = digester;
        this.adminDigest = adminSecret.map(secret -> digester.digest(new Credential(ADMIN_KEY_ID, secret)));
        this.clock = clock;
        this.accepted = cache(cacheLifetime, clock);
        this.refused = cache(cacheLifetime, clock);
    }

    private static <V> Cache<KeyDigest, V> cache(Duration lifetime, InstantSource clock) {
        return Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterWrite(lifetime)
                .ticker(() -> Duration.between(Instant.EPOCH, clock.instant()).toNanos())
                .executor(Runnable::run)
                .build();
    }

    /**
     * The holder of a key that was verified a moment ago; never blocks.
     *
     * @return empty if the database must be asked: call {@link #verify}
     * @throws ServiceException UNAUTHENTICATED if the key was refused a moment ago or has not the form of one
     */
    public Optional<Caller> recall(String text) {
        Credential credential = parse(text);
        KeyDigest digest = digester.digest(credential);
        if (adminDigest.filter(digest::equals).isPresent()) {
            return Optional.of(ADMIN);
        }
        if (refused.getIfPresent(digest) != null) {
            throw invalid();
        }
        return Optional.ofNullable(accepted.getIfPresent(digest)).map(this::caller);
    }

    /**
     * The holder of a key; asks the database if need be, and so may block.
     *
     * @throws ServiceException UNAUTHENTICATED if the key is wrong, deleted or has ended; UNAVAILABLE if the database does
     *     not answer
     */
    public Caller verify(String text) {
        Optional<Caller> known = recall(text);
        if (known.isPresent()) {
            return known.get();
        }
        Credential credential = parse(text);
        KeyDigest digest = digester.digest(credential);
        Optional<ApiKey> found = find(credential.keyId())
                .filter(stored -> stored.digest().equals(digest))
                .map(StoredApiKey::key);
        if (found.isEmpty()) {
            refused.put(digest, true);
            throw invalid();
        }
        accepted.put(digest, found.get());
        return caller(found.get());
    }

    /** Forgets a deleted key at once; other replicas forget it within the cache's lifetime. */
    void forget(String keyId) {
        accepted.asMap().values().removeIf(key -> key.id().equals(keyId));
    }

    private Optional<StoredApiKey> find(String keyId) {
        try {
            return store.find(keyId);
        } catch (RuntimeException failure) {
            LOG.errorf(failure, "key %s could not be looked up", keyId);
            throw new ServiceException(
                    CommonReason.DEPENDENCY_UNAVAILABLE,
                    "API keys cannot be checked now: the database does not answer");
        }
    }

    private Caller caller(ApiKey key) {
        if (key.expireTime().filter(end -> !end.isAfter(clock.instant())).isPresent()) {
            throw new ServiceException(CommonReason.CREDENTIAL_INVALID, "the API key has ended");
        }
        return new Caller(key.name(), Optional.of(key.tenantId()), Set.of(Role.TENANT));
    }

    private static Credential parse(String text) {
        return Credential.parse(text)
                .orElseThrow(() -> new ServiceException(
                        CommonReason.CREDENTIAL_INVALID, "the credential is not an API key (expected: mm_KEY.SECRET)"));
    }

    private static ServiceException invalid() {
        return new ServiceException(CommonReason.CREDENTIAL_INVALID, "the API key is not valid");
    }
}
