use super::*;

fn bare(address: &str) -> Party<'_> {
    Party { name: "", address }
}

fn draft() -> Draft<'static> {
    Draft {
        from: Party { name: "Acme Notices", address: "notices@acme.example" },
        to: bare("privacy@client.example"),
        reply_to: None,
        subject: "Acme adds Example GmbH as a sub-processor (N-2026-007)",
        text: "Grüße,\nAcme adds Example GmbH.\n",
        html: "<html lang=\"en\"><body><p>Grüße,</p><p>Acme adds Example GmbH.</p></body></html>",
        message_id: "dlv_0190@acme.example",
        date: "2026-03-01T09:30:00Z".parse().unwrap(),
        list_id: None,
        unsubscribe_url: None,
    }
}

fn text(mail: &Mail) -> String {
    String::from_utf8(mail.bytes.clone()).unwrap()
}

/// The headers, unfolded, of everything before the first empty line.
fn headers(mail: &Mail) -> Vec<(String, String)> {
    let text = text(mail);
    let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
    head.split("\r\n")
        .map(|line| line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn value(mail: &Mail, name: &str) -> Option<String> {
    let all = headers(mail);
    let mut found = all.iter().filter(|(one, _)| one.eq_ignore_ascii_case(name));
    let first = found.next().map(|(_, value)| value.clone());
    assert!(found.next().is_none(), "{name} stands there twice");
    first
}

/// Reads encoded words back.
fn decoded(value: &str) -> String {
    value
        .split(' ')
        .map(|word| {
            let inner = word.strip_prefix("=?utf-8?b?").unwrap().strip_suffix("?=").unwrap();
            assert!(word.len() <= 75, "{word}");
            String::from_utf8(STANDARD.decode(inner).unwrap()).unwrap()
        })
        .collect()
}

#[test]
fn a_mail_holds_what_was_asked_for_and_nothing_else() {
    let mail = draft().build().unwrap();
    assert_eq!(value(&mail, "From").unwrap(), "\"Acme Notices\" <notices@acme.example>");
    assert_eq!(value(&mail, "To").unwrap(), "privacy@client.example");
    assert_eq!(value(&mail, "Subject").unwrap(), draft().subject);
    assert_eq!(value(&mail, "Message-ID").unwrap(), "<dlv_0190@acme.example>");
    assert_eq!(value(&mail, "Date").unwrap(), "Sun, 01 Mar 2026 09:30:00 +0000");
    assert_eq!(value(&mail, "Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(value(&mail, "MIME-Version").unwrap(), "1.0");
    assert!(value(&mail, "Content-Type").unwrap().starts_with("multipart/alternative"));
    for absent in ["Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Bcc"] {
        assert_eq!(value(&mail, absent), None, "{absent}");
    }
    assert_eq!(mail.sender.to_string(), "notices@acme.example");
    assert_eq!(mail.recipient.to_string(), "privacy@client.example");
}

#[test]
fn the_plain_text_comes_first_and_every_line_is_ascii_and_short() {
    let long = format!("{}\nGrüße\n", "a".repeat(5000));
    let mail = Draft { text: &long, ..draft() }.build().unwrap();
    let text = text(&mail);
    assert!(text.find("text/plain").unwrap() < text.find("text/html").unwrap());
    assert!(text.is_ascii());
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
}

#[test]
fn the_same_draft_gives_the_same_bytes() {
    assert_eq!(draft().build().unwrap().bytes, draft().build().unwrap().bytes);
}

#[test]
fn the_courtesy_stream_can_be_left_with_one_click() {
    let mail = Draft {
        list_id: Some("updates.acme.example"),
        unsubscribe_url: Some("https://acme.example/u/abc?x=1"),
        reply_to: Some(bare("privacy@acme.example")),
        ..draft()
    };
    let mail = mail.build().unwrap();
    assert_eq!(value(&mail, "List-Id").unwrap(), "<updates.acme.example>");
    assert_eq!(value(&mail, "List-Unsubscribe").unwrap(), "<https://acme.example/u/abc?x=1>");
    assert_eq!(value(&mail, "List-Unsubscribe-Post").unwrap(), "List-Unsubscribe=One-Click");
    assert_eq!(value(&mail, "Reply-To").unwrap(), "privacy@acme.example");
}

#[test]
fn line_breaks_in_any_value_start_no_header() {
    let evil = "Evil\r\nBcc: victim@example.com\r\n\r\nbody\u{85}\0";
    let from = Party { name: evil, address: "notices@acme.example" };
    let mail = Draft { from, to: from, reply_to: Some(from), subject: evil, ..draft() };
    let mail = mail.build().unwrap();
    assert_eq!(value(&mail, "Bcc"), None);
    assert!(value(&mail, "Subject").is_some());
    assert_eq!(mail.recipient.to_string(), "notices@acme.example");

    for address in ["a@b.example\r\nRCPT TO:<c@d.example>", "a\r\n@b.example", "a@b.example>\r\n<c@d"] {
        assert!(Draft { to: bare(address), ..draft() }.build().is_err(), "{address:?}");
    }
    let bad = Draft { message_id: "a@b>\r\nX: y", ..draft() }.build().unwrap_err();
    assert_eq!(bad, DraftError::Token("Message-ID"));
    let bad = Draft { unsubscribe_url: Some("https://a/ b"), ..draft() }.build().unwrap_err();
    assert_eq!(bad, DraftError::Token("List-Unsubscribe"));
}

#[test]
fn long_and_foreign_subjects_are_encoded_and_come_back() {
    for subject in [
        "Acme fügt Example GmbH als Unterauftragsverarbeiter hinzu und das ist ein langer Betreff".to_owned(),
        "株式会社".repeat(100),
        "😀".repeat(50),
        "a".repeat(10_000),
        "=?utf-8?q?Something_else?=".to_owned(),
    ] {
        let mail = Draft { subject: &subject, ..draft() }.build().unwrap();
        assert_eq!(decoded(&value(&mail, "Subject").unwrap()), subject);
        assert!(text(&mail).split("\r\n").all(|line| line.len() <= 998));
    }
    let wordy = "sub-processor ".repeat(40);
    let mail = Draft { subject: &wordy, ..draft() }.build().unwrap();
    assert_eq!(value(&mail, "Subject").unwrap(), wordy.trim());
    assert!(text(&mail).split("\r\n").all(|line| line.len() <= 200));
}

#[test]
fn an_international_domain_becomes_punycode_and_plus_addresses_stay() {
    let mail =
        Draft { to: Party { name: "Jörg", address: "joerg+dpa@bücher.example" }, ..draft() }.build().unwrap();
    assert_eq!(mail.recipient.to_string(), "joerg+dpa@xn--bcher-kva.example");
    assert!(text(&mail).is_ascii());
    let mail = Draft { to: bare("jörg@bücher.example"), ..draft() }.build().unwrap();
    assert_eq!(mail.recipient.to_string(), "jörg@xn--bcher-kva.example");
}

#[test]
fn an_endless_name_is_cut() {
    let name = "ü".repeat(10_000);
    let from = Party { name: &name, address: "notices@acme.example" };
    let mail = Draft { from, ..draft() }.build().unwrap();
    assert!(text(&mail).split("\r\n").all(|line| line.len() <= 998));
}

#[test]
fn an_unreadable_address_is_named_without_being_repeated() {
    for address in [
        "",
        "nobody",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b@c.example",
        "A <a@b.example>",
        "a@exa mple.com",
    ] {
        let error = Draft { to: bare(address), ..draft() }.build().unwrap_err();
        assert_eq!(error, DraftError::Address("recipient"), "{address:?}");
    }
}
