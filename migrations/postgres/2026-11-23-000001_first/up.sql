-- Timestamps are microseconds since 1970 UTC, days ISO 8601 text, enums their words, lists JSON.

CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- The register: what the list says now.
CREATE TABLE vendor (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    facts TEXT NOT NULL,
    contact TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE TABLE engagement (
    id TEXT NOT NULL PRIMARY KEY,
    vendor_id TEXT NOT NULL REFERENCES vendor (id),
    facts TEXT NOT NULL,
    status TEXT NOT NULL,
    effective_from TEXT,
    effective_to TEXT,
    vetting TEXT NOT NULL,
    review_by TEXT,
    revision BIGINT NOT NULL
);
CREATE INDEX engagement_vendor ON engagement (vendor_id);
CREATE INDEX engagement_status ON engagement (status);
CREATE INDEX engagement_review ON engagement (review_by);

-- Changes: what the list shall say.
CREATE TABLE change (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    reason TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    author TEXT NOT NULL,
    editors TEXT NOT NULL,
    effective_on TEXT,
    in_use_since TEXT,
    emergency TEXT NOT NULL,
    corrects TEXT REFERENCES change (id),
    base_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    submitted_at BIGINT,
    held_until BIGINT,
    announced_at BIGINT,
    returned TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX change_state ON change (state);
CREATE TABLE change_item (
    id TEXT NOT NULL PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES change (id),
    position INTEGER NOT NULL,
    entry_id TEXT,
    operation TEXT NOT NULL,
    edit TEXT NOT NULL,
    ruled TEXT NOT NULL,
    class TEXT NOT NULL,
    class_reason TEXT NOT NULL,
    grounds TEXT NOT NULL,
    base_revision BIGINT NOT NULL,
    base_vendor_revision BIGINT NOT NULL,
    doubt TEXT NOT NULL
);
CREATE INDEX change_item_change ON change_item (change_id, position);
CREATE INDEX change_item_entry ON change_item (entry_id);
CREATE TABLE approval (
    id TEXT NOT NULL PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES change (id),
    staff_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    decision TEXT NOT NULL,
    solo BOOLEAN NOT NULL,
    dpo BOOLEAN NOT NULL,
    comment TEXT NOT NULL,
    revision BIGINT NOT NULL,
    audience BIGINT NOT NULL,
    typed BIGINT
);
CREATE INDEX approval_change ON approval (change_id, at);

-- What was published: never updated, never deleted.
CREATE TABLE list_version (
    number BIGINT NOT NULL PRIMARY KEY,
    published_at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    change_id TEXT,
    schema_number INTEGER NOT NULL,
    public_document TEXT NOT NULL,
    public_sha256 TEXT NOT NULL,
    full_document TEXT NOT NULL,
    full_sha256 TEXT NOT NULL
);
CREATE INDEX list_version_published ON list_version (published_at);
CREATE TABLE notice (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    year INTEGER NOT NULL,
    ordinal BIGINT NOT NULL,
    change_id TEXT NOT NULL UNIQUE REFERENCES change (id),
    list_version BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    effective_on TEXT,
    public_document TEXT,
    public_sha256 TEXT,
    clients_document TEXT NOT NULL,
    full_document TEXT NOT NULL,
    full_sha256 TEXT NOT NULL
);
CREATE INDEX notice_year ON notice (year, ordinal);
CREATE TABLE notice_update (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES notice (id),
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    day TEXT NOT NULL,
    public_reason TEXT NOT NULL,
    clients_reason TEXT NOT NULL,
    public_correction TEXT,
    clients_correction TEXT,
    list_version BIGINT NOT NULL,
    UNIQUE (notice_id, event)
);
CREATE TABLE audit_event (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_event_subject ON audit_event (subject, seq);
-- What people typed, apart from the hashed events, so that it can be erased.
CREATE TABLE audit_text (
    seq BIGINT NOT NULL REFERENCES audit_event (seq),
    field TEXT NOT NULL,
    salt TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (seq, field)
);

-- Who asked to be told. Mail addresses live here only, so that they can be erased.
CREATE TABLE subscription (
    id TEXT NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    secret TEXT NOT NULL,
    filter TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    consented_at BIGINT,
    ended_at BIGINT,
    sequence BIGINT NOT NULL,
    contact_id TEXT,
    revision BIGINT NOT NULL
);
CREATE INDEX subscription_email ON subscription (email_key);
CREATE INDEX subscription_contact ON subscription (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX subscription_state ON subscription (state, id);

-- The outbox. An expansion turns one audience into deliveries, chunk by chunk.
CREATE TABLE expansion (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT,
    list_version BIGINT NOT NULL,
    event TEXT NOT NULL,
    change_id TEXT NOT NULL,
    audience_at BIGINT NOT NULL,
    cursor TEXT NOT NULL,
    created BIGINT NOT NULL,
    finished_at BIGINT,
    tried_at BIGINT NOT NULL
);
CREATE INDEX expansion_open ON expansion (id) WHERE finished_at IS NULL;
CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    notice_id TEXT,
    list_version BIGINT,
    event TEXT NOT NULL,
    subscription_id TEXT NOT NULL REFERENCES subscription (id),
    client_notice_id TEXT,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    token BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    accepted_at BIGINT,
    last_answer TEXT NOT NULL
);
CREATE UNIQUE INDEX delivery_notice_once ON delivery (notice_id, event, subscription_id, channel, COALESCE(client_notice_id, '')) WHERE notice_id IS NOT NULL;
CREATE UNIQUE INDEX delivery_update_once ON delivery (list_version, subscription_id) WHERE kind = 'update';
CREATE INDEX delivery_client_notice ON delivery (client_notice_id) WHERE client_notice_id IS NOT NULL;
CREATE INDEX delivery_due ON delivery (channel, attempts, due_at) WHERE state = 'queued';
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_subscription ON delivery (subscription_id, created_at);
CREATE INDEX delivery_state ON delivery (state, created_at);
CREATE TABLE attempt (
    id TEXT NOT NULL PRIMARY KEY,
    delivery_id TEXT NOT NULL REFERENCES delivery (id),
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    peer TEXT NOT NULL,
    tls TEXT NOT NULL,
    code INTEGER NOT NULL,
    answer TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body_sha256 TEXT NOT NULL
);
CREATE INDEX attempt_delivery ON attempt (delivery_id, number);

-- A tick of periodic work is taken by whoever inserts it first.
CREATE TABLE job_tick (
    job TEXT NOT NULL,
    tick BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (job, tick)
);

-- People who work here, and their keys.
CREATE TABLE staff (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE TABLE staff_link (
    token_hash TEXT NOT NULL PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE TABLE session (
    token_hash TEXT NOT NULL PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_staff ON session (staff_id);
CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    used_at BIGINT
);
CREATE TABLE idempotency_key (
    token_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (token_id, key)
);
