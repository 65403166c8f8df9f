//! The same notice in every language.

use jiff::civil::date;

use super::tests::{added, at, changed, delivery, document, notice, reader, writer};
use super::*;
use crate::domain::change::Operation;
use crate::domain::client::LANGUAGES;
use crate::domain::client_notice::{ClientNotice, ClientNoticeState, Clocks, Rules};
use crate::domain::diff;
use crate::domain::notice::{NoticeItem, headline};
use crate::domain::period::{Counting, DayCount, Period, StartEvent};
use crate::domain::subscription::Channel;
use crate::domain::terms::{Authorisation, Silence, Terms};

fn removed() -> NoticeItem {
    NoticeItem { operation: Operation::Removed, ..added("Old Inc.") }
}

fn replaced(old: Option<&str>) -> NoticeItem {
    NoticeItem { operation: Operation::Replaced, replaces: old.map(str::to_owned), ..added("Neu AG") }
}

fn in_the_tongue(lang: &str, event: &str, document: NoticeDocument) -> Rendered {
    let to = Subscription { language: lang.into(), ..reader(Channel::Email) };
    writer().rendered(&delivery(DeliveryKind::Notice, event), &to, &notice(document)).unwrap()
}

#[test]
fn english_words_say_what_pages_say() {
    let templates = Templates::load(None, |_| {}).unwrap();
    let words = templates.english();
    let statement = NoticeItem { entry_id: None, ..changed("") };
    let all = vec![added("A"), replaced(Some("B")), replaced(None), removed(), changed("C"), statement];
    for item in &all {
        let one = std::slice::from_ref(item);
        assert_eq!(facts::headline(words, one), headline(one));
        let said = in_the_tongue("en", "announced", document(one.to_vec())).text;
        let sentence = document(one.to_vec()).sentence();
        assert!(said.starts_with(&format!("{sentence}\n")), "{sentence}\n---\n{said}");
    }
    for items in [&all[..0], &all[..2], &all[..]] {
        assert_eq!(facts::headline(words, items), headline(items));
    }
}

#[test]
fn labels_of_english_fields_are_those_of_the_register() {
    let templates = Templates::load(None, |_| {}).unwrap();
    let known = diff::labels();
    for (field, label) in &templates.english().fields {
        assert!(known.contains(&(field.as_str(), label.as_str())), "{field} {label}");
    }
}

#[test]
fn every_language_fills_every_sentence() {
    for lang in LANGUAGES {
        let mixed = vec![
            added("Example GmbH"),
            replaced(Some("Alt AG")),
            removed(),
            NoticeItem { effective_from: Some(date(2026, 2, 12)), ..changed("Old & Sons") },
        ];
        let late = NoticeDocument { in_use_since: Some(date(2026, 1, 1)), ..document(mixed.clone()) };
        for document in [document(mixed), late] {
            for event in ["announced", "effective"] {
                let mail = in_the_tongue(lang, event, document.clone());
                for part in [&mail.subject, &mail.text, &mail.html] {
                    assert!(!part.contains('{') && !part.contains('}'), "{lang}: {part}");
                }
                assert!(mail.html.contains(&format!("<html lang=\"{lang}\">")), "{lang}");
                assert!(mail.text.contains("Example GmbH") && mail.text.contains("Faster answers"), "{lang}");
                assert!(!mail.text.contains("\n\n\n"), "{}", mail.text);
                assert_eq!(mail.text.contains("WHAT CHANGES"), lang == "en", "{lang}: {}", mail.text);
            }
        }
    }
}

#[test]
fn only_a_translation_says_which_text_counts_and_only_a_machine_s_that_it_is_one() {
    let templates = Templates::load(None, |_| {}).unwrap();
    for lang in LANGUAGES {
        let words = templates.words(lang);
        assert_eq!(words.lang, lang);
        let text = in_the_tongue(lang, "announced", document(vec![added("Example GmbH")])).text;
        assert_eq!(text.contains(&words.frame.as_written), lang != "en", "{text}");
        assert_eq!(text.contains(&words.frame.by_machine), words.machine, "{text}");
        assert_eq!(words.machine, ["it", "nl", "pl", "pt"].contains(&lang), "{lang}");
    }
}

fn thirty_days_in_berlin() -> ClientNotice {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let terms = Terms::simple(Authorisation::General, 30, 30, Silence::Accepts);
    let longest = Period { days: 30, counting: Counting::Calendar };
    let count = DayCount { zone: zone.clone(), holidays: [].into(), moves_to_working_day: false };
    let rules = Rules::snapshot("DPA 2024", &terms, Some((longest, StartEvent::Accepted)), &count, &zone);
    let issued_at = at("2026-02-12T09:00:00Z");
    let id = Id::new(issued_at);
    ClientNotice {
        id,
        notice_id: id,
        client_id: id,
        agreement_id: id,
        rules,
        state: ClientNoticeState::Planned,
        issued_at,
        clocks: Clocks::default(),
        acknowledged_at: None,
        consented_at: None,
        waived_at: None,
    }
}

#[test]
fn a_german_client_reads_its_own_deadline_in_german() {
    for (language, company, said) in [("de", "en", true), ("", "de", true), ("", "en", false)] {
        let mut settings = (*writer().settings).clone();
        settings.company.language = company.into();
        let writer = Writer { settings: Arc::new(settings), ..writer() };
        let owed = Owed {
            client_notice: thirty_days_in_berlin(),
            now: at("2026-02-12T09:00:01Z"),
            link_epoch: 0,
            language: language.into(),
        };
        let Content::Notice(notice) = notice(document(vec![added("Example GmbH")])) else {
            panic!("a notice")
        };
        let content = Content::Owed(notice, Box::new(owed));
        let mail = writer
            .rendered(&delivery(DeliveryKind::Notice, "announced"), &reader(Channel::Email), &content)
            .unwrap();
        let german =
            "Sie können bis Samstag, 14. März 2026, 23:59 Uhr Europe/Berlin (22:59 Uhr UTC) widersprechen";
        assert_eq!(mail.text.contains(german), said, "{}", mail.text);
        assert_eq!(mail.subject.starts_with("[Widerspruch bis 14. März 2026] Acme setzt "), said);
    }
}
