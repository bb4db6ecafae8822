-- What tenants may keep in the store, and what they keep.
CREATE TABLE storage_quota (
    tenant text COLLATE "C" PRIMARY KEY,
    -- Zero follows the configuration.
    max_bytes bigint NOT NULL CHECK (max_bytes >= 0),
    max_objects bigint NOT NULL CHECK (max_objects >= 0),
    -- Rises with every change: the quota's etag.
    revision bigint NOT NULL DEFAULT 1
);

-- Adding up a million rows for every upload would take seconds. The row is the lock of the tenant's quota, too.
CREATE TABLE storage_usage (
    tenant text COLLATE "C" PRIMARY KEY,
    stored_bytes bigint NOT NULL DEFAULT 0 CHECK (stored_bytes >= 0),
    stored_objects bigint NOT NULL DEFAULT 0 CHECK (stored_objects >= 0),
    uploading_bytes bigint NOT NULL DEFAULT 0 CHECK (uploading_bytes >= 0),
    uploading_objects bigint NOT NULL DEFAULT 0 CHECK (uploading_objects >= 0)
);

INSERT INTO storage_usage
    SELECT tenant, sum(stored_bytes), sum(stored_objects), sum(uploading_bytes), sum(uploading_objects) FROM (
        SELECT tenant, size_bytes AS stored_bytes, 1 AS stored_objects, 0 AS uploading_bytes, 0 AS uploading_objects
            FROM artifact
        UNION ALL SELECT tenant, 0, 0, size_bytes, 1 FROM artifact_upload) AS objects
    GROUP BY tenant;

-- By triggers, so that the count is right whoever makes or deletes rows.
CREATE FUNCTION count_storage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    stored integer := CASE TG_TABLE_NAME WHEN 'artifact' THEN 1 ELSE 0 END;
    change record;
BEGIN
    -- In order of tenants, so that two that count do not wait for each other.
    FOR change IN SELECT tenant, sum(size_bytes) AS bytes, count(*) AS objects FROM changed GROUP BY tenant ORDER BY tenant LOOP
        INSERT INTO storage_usage (tenant) VALUES (change.tenant) ON CONFLICT DO NOTHING;
        UPDATE storage_usage SET
            stored_bytes = stored_bytes + sign * stored * change.bytes,
            stored_objects = stored_objects + sign * stored * change.objects,
            uploading_bytes = uploading_bytes + sign * (1 - stored) * change.bytes,
            uploading_objects = uploading_objects + sign * (1 - stored) * change.objects
        WHERE tenant = change.tenant;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER artifact_added AFTER INSERT ON artifact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_storage();
CREATE TRIGGER artifact_removed AFTER DELETE ON artifact
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_storage();
CREATE TRIGGER artifact_upload_added AFTER INSERT ON artifact_upload
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_storage();
CREATE TRIGGER artifact_upload_removed AFTER DELETE ON artifact_upload
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_storage();
