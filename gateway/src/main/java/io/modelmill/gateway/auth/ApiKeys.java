package io.modelmill.gateway.auth;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** The tenants' API keys. */
@ApplicationScoped
class ApiKeys {
    private final ApiKeyStore store;
    private final TenantStore tenants;
    private final KeyDigester digester;
    private final ApiKeyVerifier verifier;
    private final SecureRandom random = new SecureRandom();

    ApiKeys(ApiKeyStore store, TenantStore tenants, KeyDigester digester, ApiKeyVerifier verifier) {
        this.store = store;
        this.tenants = tenants;
        this.digester = digester;
        this.verifier = verifier;
    }

    NewApiKey create(String tenantId, String displayName, Optional<Instant> expireTime) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        Violations violations = new Violations();
        Tenants.checkDisplayName(violations, "api_key.display_name", displayName);
        expireTime.ifPresent(
                end -> violations.check(end.isAfter(now), "api_key.expire_time", end, "after now, " + now));
        violations.throwIfAny();
        Credential credential = Credential.random(random);
        ApiKey key = new ApiKey(
                credential.keyId(),
                tenantId,
                displayName,
                now,
                expireTime.map(end -> end.truncatedTo(ChronoUnit.MICROS)));
        if (!store.insert(new StoredApiKey(key, digester.digest(credential)))) {
            throw ServiceException.notFound("tenants/" + tenantId);
        }
        return new NewApiKey(key, credential);
    }

    Page<ApiKey> list(String tenantId, PageRequest page) {
        if (tenants.find(tenantId).isEmpty()) {
            throw ServiceException.notFound("tenants/" + tenantId);
        }
        return page.page(store.list(tenantId, page), ApiKey::id);
    }

    void delete(String tenantId, String keyId) {
        if (!store.delete(tenantId, keyId)) {
            throw ServiceException.notFound("tenants/" + tenantId + "/apiKeys/" + keyId);
        }
        verifier.forget(keyId);
    }

    /** A key with the credential that is told once. */
    record NewApiKey(ApiKey key, Credential credential) {}
}
