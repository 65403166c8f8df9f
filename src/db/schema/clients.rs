//! Clients, what they agreed and what they are owed; the records the gate asks for.

diesel::table! {
    dpa_version (id) {
        id -> Text,
        name -> Text,
        terms -> Text,
        standard -> Bool,
        created_at -> BigInt,
        ended_on -> Nullable<Text>,
        revision -> BigInt,
    }
}

diesel::table! {
    client (id) {
        id -> Text,
        reference -> Text,
        name -> Text,
        facts -> Text,
        link_epoch -> BigInt,
        created_at -> BigInt,
        checked_at -> BigInt,
        revision -> BigInt,
    }
}

diesel::table! {
    contact (id) {
        id -> Text,
        client_id -> Text,
        position -> Integer,
        role -> Text,
        channel -> Text,
        name -> Text,
        email -> Text,
        email_key -> Text,
        subscription_id -> Nullable<Text>,
        state -> Text,
    }
}

diesel::table! {
    agreement (id) {
        id -> Text,
        client_id -> Text,
        dpa_id -> Text,
        signed_on -> Nullable<Text>,
        effective_on -> Text,
        ended_on -> Nullable<Text>,
        overrides -> Text,
        list_version -> Nullable<BigInt>,
        created_at -> BigInt,
        revision -> BigInt,
    }
}

diesel::table! {
    hold_out (id) {
        id -> Text,
        client_id -> Text,
        engagement_id -> Text,
        until -> Nullable<Text>,
        reason -> Text,
        staff_id -> Text,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    client_notice (id) {
        id -> Text,
        notice_id -> Text,
        client_id -> Text,
        agreement_id -> Text,
        rules -> Text,
        state -> Text,
        issued_at -> BigInt,
        notice_start -> Nullable<BigInt>,
        notice_until -> Nullable<BigInt>,
        objection_start -> Nullable<BigInt>,
        objection_until -> Nullable<BigInt>,
        earliest_effective -> Nullable<Text>,
        acknowledged_at -> Nullable<BigInt>,
        consented_at -> Nullable<BigInt>,
        waived_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    consent (id) {
        id -> Text,
        client_id -> Text,
        change_id -> Text,
        given_on -> Text,
        evidence -> Text,
        staff_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    successor (id) {
        id -> Text,
        contact_id -> Text,
        name -> Text,
        email -> Text,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    acknowledgement (id) {
        id -> Text,
        client_notice_id -> Text,
        contact_id -> Text,
        person -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    objection (id) {
        id -> Text,
        number -> Text,
        year -> Integer,
        ordinal -> BigInt,
        client_notice_id -> Text,
        contact_id -> Nullable<Text>,
        person -> Text,
        email -> Text,
        received_by -> Text,
        received_at -> BigInt,
        grounds -> Text,
        wish -> Text,
        in_time -> Bool,
        state -> Text,
        remedy -> Nullable<Text>,
        answer -> Text,
        fix_by -> Nullable<BigInt>,
        merged_into -> Nullable<Text>,
        revision -> BigInt,
    }
}

diesel::table! {
    vendor_contract (id) {
        id -> Text,
        vendor_id -> Text,
        kind -> Text,
        signed_on -> Text,
        effective_on -> Text,
        ends_on -> Nullable<Text>,
        flow_down -> Bool,
        file_sha256 -> Text,
        note -> Text,
        created_at -> BigInt,
        revision -> BigInt,
    }
}

diesel::table! {
    vetting_record (id) {
        id -> Text,
        engagement_id -> Text,
        kind -> Text,
        risk -> Text,
        result -> Text,
        conditions -> Text,
        evidence -> Text,
        decided_on -> Text,
        valid_until -> Text,
        approver -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    transfer_assessment (id) {
        id -> Text,
        engagement_id -> Text,
        jurisdiction -> Text,
        destination -> Text,
        mechanism -> Text,
        outcome -> Text,
        summary -> Text,
        assessed_on -> Text,
        review_by -> Text,
        created_at -> BigInt,
        revision -> BigInt,
    }
}

diesel::table! {
    client_unread (notice_id, client_id) {
        notice_id -> Text,
        client_id -> Text,
        found_at -> BigInt,
    }
}

diesel::joinable!(agreement -> client (client_id));
diesel::joinable!(agreement -> dpa_version (dpa_id));
diesel::joinable!(contact -> client (client_id));
diesel::joinable!(contact -> super::subscription (subscription_id));
diesel::joinable!(client_notice -> client (client_id));
diesel::joinable!(objection -> client_notice (client_notice_id));
