-- Events that are true and not yet in Kafka. The services' own migrations start at V0100.
CREATE TABLE outbox_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    payload bytea NOT NULL,
    traceparent text,
    create_time timestamptz NOT NULL DEFAULT now()
);
