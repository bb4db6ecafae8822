CREATE TABLE tenant (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
    display_name text NOT NULL,
    create_time timestamptz NOT NULL
);

-- A key's secret is kept nowhere: the digest is HMAC-SHA-256 of the whole credential under a pepper outside the database.
CREATE TABLE api_key (
    id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
    tenant_id text NOT NULL REFERENCES tenant,
    display_name text NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    create_time timestamptz NOT NULL,
    expire_time timestamptz
);

CREATE INDEX api_key_of_tenant ON api_key (tenant_id, id);
