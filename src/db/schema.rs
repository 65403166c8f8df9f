//! The tables, as both databases have them. A test holds this file, and the two migration trees, to each other.

mod clients;

pub use clients::*;

diesel::table! {
    setting (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    vendor (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        facts -> Text,
        contact -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    engagement (id) {
        id -> Text,
        vendor_id -> Text,
        facts -> Text,
        status -> Text,
        effective_from -> Nullable<Text>,
        effective_to -> Nullable<Text>,
        vetting -> Text,
        review_by -> Nullable<Text>,
        revision -> BigInt,
    }
}

diesel::table! {
    change (id) {
        id -> Text,
        number -> BigInt,
        title -> Text,
        reason -> Text,
        kind -> Text,
        state -> Text,
        author -> Text,
        editors -> Text,
        effective_on -> Nullable<Text>,
        in_use_since -> Nullable<Text>,
        emergency -> Text,
        corrects -> Nullable<Text>,
        base_version -> BigInt,
        created_at -> BigInt,
        submitted_at -> Nullable<BigInt>,
        held_until -> Nullable<BigInt>,
        announced_at -> Nullable<BigInt>,
        returned -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    change_item (id) {
        id -> Text,
        change_id -> Text,
        position -> Integer,
        entry_id -> Nullable<Text>,
        operation -> Text,
        edit -> Text,
        ruled -> Text,
        class -> Text,
        class_reason -> Text,
        grounds -> Text,
        base_revision -> BigInt,
        base_vendor_revision -> BigInt,
        doubt -> Text,
    }
}

diesel::table! {
    import_doubt (change_id, position) {
        change_id -> Text,
        position -> BigInt,
        line -> BigInt,
        field -> Text,
        value -> Text,
        why -> Text,
    }
}

diesel::table! {
    approval (id) {
        id -> Text,
        change_id -> Text,
        staff_id -> Text,
        at -> BigInt,
        decision -> Text,
        solo -> Bool,
        dpo -> Bool,
        comment -> Text,
        revision -> BigInt,
        audience -> BigInt,
        typed -> Nullable<BigInt>,
    }
}

diesel::table! {
    list_version (number) {
        number -> BigInt,
        published_at -> BigInt,
        cause -> Text,
        change_id -> Nullable<Text>,
        schema_number -> Integer,
        public_document -> Text,
        public_sha256 -> Text,
        full_document -> Text,
        full_sha256 -> Text,
    }
}

diesel::table! {
    notice (id) {
        id -> Text,
        number -> Text,
        year -> Integer,
        ordinal -> BigInt,
        change_id -> Text,
        list_version -> BigInt,
        published_at -> BigInt,
        effective_on -> Nullable<Text>,
        public_document -> Nullable<Text>,
        public_sha256 -> Nullable<Text>,
        clients_document -> Text,
        full_document -> Text,
        full_sha256 -> Text,
    }
}

diesel::table! {
    notice_update (id) {
        id -> Text,
        notice_id -> Text,
        event -> Text,
        at -> BigInt,
        day -> Text,
        public_reason -> Text,
        clients_reason -> Text,
        public_correction -> Nullable<Text>,
        clients_correction -> Nullable<Text>,
        list_version -> BigInt,
    }
}

diesel::table! {
    audit_event (seq) {
        seq -> BigInt,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Text,
        previous -> Text,
        hash -> Text,
    }
}

diesel::table! {
    audit_text (seq, field) {
        seq -> BigInt,
        field -> Text,
        salt -> Text,
        text -> Text,
    }
}

diesel::table! {
    subscription (id) {
        id -> Text,
        channel -> Text,
        email -> Text,
        email_key -> Text,
        url -> Text,
        host -> Text,
        secret -> Text,
        filter -> Text,
        language -> Text,
        state -> Text,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        consented_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        sequence -> BigInt,
        contact_id -> Nullable<Text>,
        revision -> BigInt,
    }
}

diesel::table! {
    expansion (id) {
        id -> Text,
        notice_id -> Nullable<Text>,
        list_version -> BigInt,
        event -> Text,
        change_id -> Text,
        audience_at -> BigInt,
        cursor -> Text,
        created -> BigInt,
        finished_at -> Nullable<BigInt>,
        tried_at -> BigInt,
    }
}

diesel::table! {
    delivery (id) {
        id -> Text,
        kind -> Text,
        notice_id -> Nullable<Text>,
        list_version -> Nullable<BigInt>,
        event -> Text,
        subscription_id -> Text,
        client_notice_id -> Nullable<Text>,
        channel -> Text,
        state -> Text,
        due_at -> BigInt,
        lease_until -> BigInt,
        token -> BigInt,
        attempts -> Integer,
        sequence -> BigInt,
        created_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
        last_answer -> Text,
    }
}

diesel::table! {
    attempt (id) {
        id -> Text,
        delivery_id -> Text,
        number -> Integer,
        at -> BigInt,
        took_ms -> BigInt,
        peer -> Text,
        tls -> Text,
        code -> Integer,
        answer -> Text,
        verdict -> Text,
        body_sha256 -> Text,
    }
}

diesel::table! {
    job_tick (job, tick) {
        job -> Text,
        tick -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    staff (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    staff_link (token_hash) {
        token_hash -> Text,
        staff_id -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    session (token_hash) {
        token_hash -> Text,
        staff_id -> Text,
        csrf -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    api_token (id) {
        id -> Text,
        token_hash -> Text,
        name -> Text,
        scopes -> Text,
        staff_id -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_key (token_id, key) {
        token_id -> Text,
        key -> Text,
        request_sha256 -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

diesel::joinable!(engagement -> vendor (vendor_id));
diesel::joinable!(delivery -> subscription (subscription_id));
diesel::joinable!(session -> staff (staff_id));
diesel::joinable!(api_token -> staff (staff_id));
diesel::joinable!(staff_link -> staff (staff_id));

diesel::allow_tables_to_appear_in_same_query!(
    setting,
    vendor,
    engagement,
    change,
    change_item,
    import_doubt,
    approval,
    list_version,
    notice,
    notice_update,
    audit_event,
    audit_text,
    subscription,
    expansion,
    delivery,
    attempt,
    job_tick,
    staff,
    staff_link,
    session,
    api_token,
    idempotency_key,
    dpa_version,
    client,
    contact,
    agreement,
    hold_out,
    client_notice,
    client_unread,
    consent,
    objection,
    vendor_contract,
    vetting_record,
    transfer_assessment,
);
