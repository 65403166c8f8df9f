//! A file speaks of its products, and of nothing else.

use super::shelf::{carry, import_for, listed, one, preview, take, told, version};
use crate::support::Desk;

on_both! {
    fn a_list_of_one_product_leaves_the_lines_of_others(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("basecamp/basecamp/2023-10-16.csv"));
        let basecamp: Vec<String> = listed(&desk).into_iter().map(|l| l.entry.vendor.name).collect();
        take(&desk, version("basecamp/hey/2023-10-16.csv"));
        let next = version("basecamp/hey/2023-02-27.csv");
        take(&desk, next);
        for name in basecamp {
            let lines = listed(&desk).into_iter().filter(|l| {
                l.entry.vendor.name == name && l.entry.engagement.products.iter().any(|p| p == "basecamp")
            });
            assert_eq!(lines.count(), 1, "{name} for basecamp");
        }
    }

    fn the_same_line_for_one_more_product_is_one_line(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, version("basecamp/campfire/2020-04-13.csv"));
        let before = listed(&desk).len();
        let done = take(&desk, version("basecamp/backpack/2020-04-13.csv"));
        assert!(told(&done.preview).iter().all(|t| t.starts_with("changed") && t.ends_with("material")));
        let after = listed(&desk);
        assert_eq!(after.len(), before);
        assert!(after.iter().all(|l| l.entry.engagement.products == ["campfire", "backpack"]));
    }

    fn a_shared_line_loses_one_product_only(backend: Backend) {
        let desk = Desk::on(backend);
        let rows = |product: &str, rows: &str| {
            let lines = rows.lines().map(|r| format!("{r},product={product}\n"));
            format!("name,purpose,notes\n{}", lines.collect::<String>())
        };
        take(&desk, rows("a", "Acme Ltd,hosting\nZoho,CRM"));
        take(&desk, rows("b", "Acme Ltd,hosting\nZoho,CRM"));
        let gone = preview(&desk, &rows("b", "Acme Ltd,hosting"));
        assert_eq!(told(&gone), ["changed Zoho informational"]);
        assert_eq!(gone.items.first().unwrap().after.as_ref().unwrap()["products"], serde_json::json!(["a"]));
        take(&desk, rows("b", "Acme Ltd,hosting\nZoho,help desk"));
        let zoho: Vec<_> = listed(&desk).into_iter().filter(|l| l.entry.vendor.name == "Zoho").collect();
        let mut said: Vec<_> = zoho
            .iter()
            .map(|l| (l.entry.engagement.products.concat(), l.entry.engagement.purposes[0].text.clone()))
            .collect();
        said.sort();
        assert_eq!(said, [("a".to_owned(), "CRM".to_owned()), ("b".to_owned(), "help desk".to_owned())]);
    }

    fn a_product_can_be_given_for_a_file_that_names_none(backend: Backend) {
        let desk = Desk::on(backend);
        take(&desk, "name,purpose\nAcme Ltd,hosting\n");
        let done = import_for(&desk, "name,purpose\nZoho,CRM\n", Some("mail")).unwrap();
        assert_eq!(told(&done.preview), ["added Zoho material"]);
        carry(&desk, &done.change.unwrap());
        assert_eq!(one(&desk, "Zoho").entry.engagement.products, ["mail"]);
        let other = import_for(&desk, "name,notes\nAcme Ltd,product=chat\nZoho,\n", Some("mail")).unwrap();
        assert!(other.change.is_none());
        assert!(other.preview.doubts[0].why.contains("another product"), "{:?}", other.preview.doubts);
    }
}
