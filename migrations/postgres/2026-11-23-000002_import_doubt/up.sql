-- What an import could not take, for the people who look at its change.
CREATE TABLE import_doubt (
    change_id TEXT NOT NULL REFERENCES change (id),
    position BIGINT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (change_id, position)
);
