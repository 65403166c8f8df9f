//! Any file, however odd: nothing breaks, and taken twice it says nothing new.

use proptest::prelude::*;

use super::*;
use crate::domain::engagement::EngagementStatus;
use crate::exchange::csv_list::read;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// The register after everything found has come into force.
fn applied(mut register: Register, found: Comparison) -> Register {
    for finding in found.findings {
        match (finding.before, finding.after) {
            (Some(before), None) => register.entries.retain(|l| l.entry.id != before.id),
            (Some(before), Some(after)) => {
                for vendor in register.vendors.iter_mut().filter(|v| v.id == after.vendor_id) {
                    vendor.facts = after.vendor.clone();
                }
                for listed in register.entries.iter_mut().filter(|l| l.entry.id == before.id) {
                    listed.entry = after.clone();
                }
            }
            (_, Some(after)) => {
                register.entries.retain(|l| Some(l.entry.id) != after.engagement.replaces);
                if !register.vendors.iter().any(|v| v.id == after.vendor_id) {
                    register.vendors.push(Vendor {
                        id: after.vendor_id,
                        slug: after.slug.clone(),
                        facts: after.vendor.clone(),
                        contact: String::new(),
                        revision: 1,
                    });
                }
                register.entries.push(ListedEntry {
                    entry: after,
                    status: EngagementStatus::Active,
                    effective_to: None,
                    revision: 1,
                    vendor_revision: 1,
                });
            }
            (None, None) => {}
        }
    }
    register
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        prop::sample::select(vec![
            "Acme",
            "Acme Ltd",
            "Acme GmbH",
            "Acme Cloud",
            "Zoho",
            "Zoho CRM",
            "TBD",
            "A + B",
            "US",
            "UK",
            "EU, US",
            "product=a",
            "product=b",
            "group=optional; applies to=x",
            "hosting",
            "replaces=Acme",
        ])
        .prop_map(str::to_owned),
    ]
}

fn list() -> impl Strategy<Value = String> {
    let row = (cell(), cell(), cell(), cell())
        .prop_map(|(name, purpose, place, notes)| format!("{name},{purpose},\"{place}\",{notes}\n"));
    prop::collection::vec(row, 0..8)
        .prop_map(|rows| format!("name,purpose,location,notes\n{}", rows.concat()))
}

proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut with_header = b"name,purpose,location,country_code_if_clear,notes\n".to_vec();
        with_header.extend_from_slice(&bytes);
        for file in [&bytes, &with_header] {
            if let Ok(list) = read(file, None, |_| false) {
                let found = compare(&list, &Register::default(), now());
                prop_assert!(found.findings.iter().all(|f| f.before.is_none()));
            }
        }
    }

    #[test]
    fn a_file_once_in_force_has_nothing_more_to_say(one in list(), two in list()) {
        let mut register = Register::default();
        for text in [&one, &two] {
            let found = compare(&read(text.as_bytes(), None, |_| false).unwrap(), &register, now());
            let mut touched: Vec<Id> = found.findings.iter().filter_map(|f| f.before.as_ref()).map(|e| e.id).collect();
            touched.sort();
            let all = touched.len();
            touched.dedup();
            prop_assert_eq!(all, touched.len(), "two findings about one line");
            register = applied(register, found);
            let again = compare(&read(text.as_bytes(), None, |_| false).unwrap(), &register, now());
            prop_assert!(again.findings.is_empty(), "{:#?}", again.findings);
        }
    }
}
