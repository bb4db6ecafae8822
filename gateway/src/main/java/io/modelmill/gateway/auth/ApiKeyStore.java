package io.modelmill.gateway.auth;

import io.modelmill.servicekit.paging.PageRequest;
import java.util.List;
import java.util.Optional;

/** Where API keys are kept. */
interface ApiKeyStore {
    /** Keeps a new key; false if its tenant does not exist. */
    boolean insert(StoredApiKey key);

    Optional<StoredApiKey> find(String keyId);

    /** Up to {@link PageRequest#limit} keys of the tenant by id. */
    List<ApiKey> list(String tenantId, PageRequest page);

    /** Removes a key; false if the tenant has none of this id. */
    boolean delete(String tenantId, String keyId);
}
