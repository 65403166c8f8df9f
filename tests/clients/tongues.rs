//! A notice is read in the reader's language, with the reader's own deadline.

use subprocessors::db;
use subprocessors::domain::id::Id;

use super::owed::{bound, details};
use crate::public::seed::in_days;
use crate::support::*;

pub(crate) fn speaks(world: &World, client: Id, language: &str) {
    let write = |conn: &mut db::Conn| {
        let mut client = db::client::get(conn, client)?.expect("the Client");
        client.facts.language = language.to_owned();
        client.revision += 1;
        db::client::save(conn, &client)
    };
    world.state.db.write_blocking(write).expect("a language");
}

fn reads(world: &World, subscription: Id, language: &str) {
    let write = |conn: &mut db::Conn| {
        let mut stored = db::subscription::get(conn, subscription)?.expect("the subscription");
        stored.subscription.language = language.to_owned();
        stored.subscription.revision += 1;
        db::subscription::save(conn, &stored)
    };
    world.state.db.write_blocking(write).expect("a language");
}

on_both! {
    fn each_reader_is_told_in_its_language(backend: Backend) {
        let mut app = App::on(backend).set("notices.hold", "0").prepare();
        let world = World::of(&app);
        let client = bound(&world, "Beispiel AG", 20, "Europe/Berlin", &["dsb@beispiel.example"]);
        speaks(&world, client, "de");
        bound(&world, "Sample Ltd", 20, "Europe/London", &["dpo@sample.example"]);
        let reader = world.mail_subscriber("dpo@exemple.example");
        reads(&world, reader, "fr");
        let change = world.draft_addition("Example GmbH");
        let change = world.wait(subprocessors::actions::set_details(&world.state, &world.editor, change.id, change.revision, details(in_days(&world, 60)))).expect("details");
        world.submit_and_approve(&change);
        app.restart();

        let german = app.mail.wait_for_one_to("dsb@beispiel.example");
        let (text, html) = (german.text(), german.html());
        assert!(german.subject().starts_with("[Widerspruch bis "), "{}", german.subject());
        assert!(german.subject().contains("setzt Example GmbH als Unterauftragsverarbeiter ein"), "{}", german.subject());
        assert!(text.contains("23:59 Uhr Europe/Berlin (") && text.contains(" Uhr UTC) widersprechen"), "{text}");
        assert!(text.contains("\nWAS SICH ÄNDERT\n") && text.contains("  Widersprechen: http"), "{text}");
        assert!(text.contains("Maßgeblich ist der englische Text") && !text.contains("maschinell"), "{text}");
        assert!(text.contains("section 5.2"), "{text}");
        assert!(html.contains("<html lang=\"de\">") && html.contains("Hinzugefügt: Example GmbH"), "{html}");

        let english = app.mail.wait_for_one_to("dpo@sample.example");
        assert!(english.subject().starts_with("[Object by "), "{}", english.subject());
        assert!(english.text().contains("23:59 Europe/London"), "{}", english.text());

        let french = app.mail.wait_for_one_to("dpo@exemple.example");
        let text = french.text();
        assert!(french.subject().contains("fait appel à Example GmbH en tant que sous-traitant ultérieur à compter du "), "{}", french.subject());
        assert!(text.contains("un client peut s’opposer jusqu’au ") && text.contains("votre propre contrat prévaut"), "{text}");
        assert!(text.contains("Se désabonner: http") || text.contains("Se désabonner : http"), "{text}");
        assert!(french.html().contains("<html lang=\"fr\">"), "{}", french.html());
    }
}
