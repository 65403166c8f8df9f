-- What agreements promise, and who signed which.
CREATE TABLE dpa_version (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    terms TEXT NOT NULL,
    standard BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    ended_on TEXT,
    revision BIGINT NOT NULL
);
CREATE TABLE client (
    id TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    facts TEXT NOT NULL,
    link_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX client_name ON client (name);

-- People to be told: their addresses live here only, so that they can be erased.
CREATE TABLE contact (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    subscription_id TEXT REFERENCES subscription (id),
    state TEXT NOT NULL
);
CREATE INDEX contact_client ON contact (client_id, position);
CREATE INDEX contact_email ON contact (email_key);
CREATE INDEX contact_subscription ON contact (subscription_id);
CREATE TABLE agreement (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client (id),
    dpa_id TEXT NOT NULL REFERENCES dpa_version (id),
    signed_on TEXT,
    effective_on TEXT NOT NULL,
    ended_on TEXT,
    overrides TEXT NOT NULL,
    list_version BIGINT,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX agreement_client ON agreement (client_id, effective_on);
CREATE INDEX agreement_dpa ON agreement (dpa_id);

-- An engagement withheld from one Client.
CREATE TABLE hold_out (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client (id),
    engagement_id TEXT NOT NULL,
    until TEXT,
    reason TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX hold_out_client ON hold_out (client_id);
CREATE INDEX hold_out_engagement ON hold_out (engagement_id);

-- What one Client is owed for one notice. The rules are copied: a later DPA moves no clock.
CREATE TABLE client_notice (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES notice (id),
    client_id TEXT NOT NULL REFERENCES client (id),
    agreement_id TEXT NOT NULL REFERENCES agreement (id),
    rules TEXT NOT NULL,
    state TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    notice_start BIGINT,
    notice_until BIGINT,
    objection_start BIGINT,
    objection_until BIGINT,
    earliest_effective TEXT,
    acknowledged_at BIGINT,
    consented_at BIGINT,
    waived_at BIGINT
);
CREATE UNIQUE INDEX client_notice_once ON client_notice (notice_id, client_id);
CREATE INDEX client_notice_client ON client_notice (client_id, issued_at);
CREATE INDEX client_notice_state ON client_notice (state, objection_until);

-- Clients whose record could not be read when a notice was to be made for them: a person must tell
-- them, until the record is mended.
CREATE TABLE client_unread (
    notice_id TEXT NOT NULL REFERENCES notice (id),
    client_id TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (notice_id, client_id)
);

-- Written consent to a change, before or after its announcement.
CREATE TABLE consent (
    id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES client (id),
    change_id TEXT NOT NULL REFERENCES change (id),
    given_on TEXT NOT NULL,
    evidence TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX consent_once ON consent (change_id, client_id);

-- Somebody a contact named in its place. Nothing changes before they agree themselves.
CREATE TABLE successor (
    id TEXT NOT NULL PRIMARY KEY,
    contact_id TEXT NOT NULL REFERENCES contact (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT
);
CREATE INDEX successor_contact ON successor (contact_id);

-- Who acknowledged what a Client was told. The link may have been forwarded, so they name
-- themselves; the first one counts for the clocks.
CREATE TABLE acknowledgement (
    id TEXT NOT NULL PRIMARY KEY,
    client_notice_id TEXT NOT NULL REFERENCES client_notice (id),
    contact_id TEXT NOT NULL REFERENCES contact (id),
    person TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX acknowledgement_client_notice ON acknowledgement (client_notice_id);

CREATE TABLE objection (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    year INTEGER NOT NULL,
    ordinal BIGINT NOT NULL,
    client_notice_id TEXT NOT NULL REFERENCES client_notice (id),
    contact_id TEXT REFERENCES contact (id),
    person TEXT NOT NULL,
    email TEXT NOT NULL,
    received_by TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    grounds TEXT NOT NULL,
    wish TEXT NOT NULL,
    in_time BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    remedy TEXT,
    answer TEXT NOT NULL,
    fix_by BIGINT,
    merged_into TEXT,
    revision BIGINT NOT NULL
);
CREATE INDEX objection_client_notice ON objection (client_notice_id);
CREATE INDEX objection_state ON objection (state, fix_by);
CREATE INDEX objection_year ON objection (year, ordinal);

-- Dated records the gate asks for (GDPR Art. 28(1), 28(4), 44–49). They may be there before
-- their vendor or engagement is: a draft carries the ids already.
CREATE TABLE vendor_contract (
    id TEXT NOT NULL PRIMARY KEY,
    vendor_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    signed_on TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    ends_on TEXT,
    flow_down BOOLEAN NOT NULL,
    file_sha256 TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX vendor_contract_vendor ON vendor_contract (vendor_id);
CREATE TABLE vetting_record (
    id TEXT NOT NULL PRIMARY KEY,
    engagement_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    risk TEXT NOT NULL,
    result TEXT NOT NULL,
    conditions TEXT NOT NULL,
    evidence TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    approver TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX vetting_record_engagement ON vetting_record (engagement_id, decided_on);
CREATE TABLE transfer_assessment (
    id TEXT NOT NULL PRIMARY KEY,
    engagement_id TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    destination TEXT NOT NULL,
    mechanism TEXT NOT NULL,
    outcome TEXT NOT NULL,
    summary TEXT NOT NULL,
    assessed_on TEXT NOT NULL,
    review_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX transfer_assessment_engagement ON transfer_assessment (engagement_id);
