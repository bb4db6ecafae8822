package io.modelmill.gateway.auth;

/** A key and the digest of its credential. */
record StoredApiKey(ApiKey key, KeyDigest digest) {}
