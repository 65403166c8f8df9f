use super::*;
use crate::support::world::World;

on_both! {
    fn a_company_without_clients_is_told_that_it_needs_none(app) {
        let mut editor = editor(&app);
        let page = editor.get("/staff/clients").expect(200);
        assert!(page.one(".empty").contains("You need not enter any Client"), "{page}");
        assert_eq!(page.all(".empty .btn"), ["Add a Client"]);
        let page = editor.get("/staff").expect(200);
        assert_eq!(page.all("nav a").iter().filter(|a| a.contains("Client")).count(), 1, "{page}");
        assert!(!page.one("main").contains("Client"), "nothing asks for Clients: {page}");
    }

    fn a_client_is_entered_with_contacts_in_order_and_an_agreement(app) {
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Honolulu Ltd");
        assert!(client.says("no contact"), "{client}");
        let page = editor.get(&format!("{}/edit", client.url.path())).expect(200);
        let fields = [("time_zone", "Pacific/Honolulu"), ("products", "CRM\nMail"), ("health_data", "yes"), ("holidays", "2026-12-25\n2026-01-01")];
        let client = editor.submit(&page, "main form", &fields).expect(200);
        assert!(client.says("Pacific/Honolulu") && client.says("CRM, Mail") && client.says("health data"), "{client}");
        add_contact(&mut editor, &client, "first@honolulu.example").expect(200);
        let client = add_contact(&mut editor, &client, "second@honolulu.example").expect(200);
        let order = |page: &Page| page.all("h2#contacts + table tbody th");
        assert!(order(&client)[0].starts_with("first@"), "{client}");
        let client = editor.submit(&client, "button[value=down]", &[]).expect(200);
        assert!(order(&client)[0].starts_with("second@"), "{client}");
        assert!(client.says("2 contacts"));
        add_dpa(&mut editor, "Standard DPA", "30");
        let client = sign(&mut editor, &client, &[("signed_on", "2026-01-05"), ("effective_on", "2026-01-10")]).expect(200);
        assert!(client.says("Standard DPA") && client.says("30 days, general authorisation"), "{client}");
        let list = editor.get("/staff/clients?q=HONOLULU").expect(200);
        assert!(list.says("Honolulu Ltd") && list.says("Standard DPA") && list.says("2 contacts"), "{list}");
        assert!(editor.get("/staff/clients?q=nobody%25").expect(200).says("Nothing found, of 1 in all"));
        assert!(editor.get("/staff/dpas").expect(200).one("tbody tr").contains("Standard"), "standard marked");
    }

    fn an_agreement_ends_and_the_next_one_follows(app) {
        let mut editor = editor(&app);
        add_dpa(&mut editor, "Standard DPA", "30");
        let client = add_client(&mut editor, "C-1", "Client One");
        let client = sign(&mut editor, &client, &[("effective_on", "2020-01-01")]).expect(200);
        let client = editor.submit(&client, "form[action$='/end'] button", &[("ended_on", "2025-12-31")]).expect(200);
        assert!(client.says("1 January 2020 to 31 December 2025"), "{client}");
        let fields = [("effective_on", "2026-01-01"), ("overrides.period.days", "60"), ("overrides.clause", "section 7")];
        let client = sign(&mut editor, &client, &fields).expect(200);
        assert!(client.says("60 days, general authorisation, with exceptions of its own"), "{client}");
        assert_eq!(client.all("h2#agreements + table tbody tr").len(), 2, "history stays");
    }

    fn another_address_is_another_contact_and_the_old_one_stays_on_record(app) {
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        let client = add_contact(&mut editor, &client, "old@client.example").expect(200);
        let edit = client.attributes("h2#contacts + table a", "href").remove(0);
        let page = editor.get(&edit).expect(200);
        let client = editor.submit(&page, "main form", &[("email", "new@client.example")]).expect(200);
        assert!(client.says("new@client.example") && !client.says("old@client.example"), "{client}");
        assert!(client.says("1 removed, kept for the proof"));
        assert_eq!(app.database.number("SELECT count(*) AS n FROM contact WHERE state = 'ended'"), 1);
        editor.get(&edit).expect(200);
        let client = editor.submit(&client, "form[action$='/end'] button", &[]).expect(200);
        assert!(client.says("no contact") && client.says("2 removed"), "{client}");
    }

    fn a_bounced_contact_is_flagged_and_can_be_said_to_work_again(app) {
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        add_contact(&mut editor, &client, "dpo@client.example").expect(200);
        app.database.execute("UPDATE contact SET state = 'bounced'");
        let list = editor.get("/staff/clients").expect(200);
        assert!(list.one(".badge.bad").contains("1 contact, 1 bounced: no working contact"), "{list}");
        let page = editor.get(client.url.path()).expect(200);
        let page = editor.submit(&page, "form[action$='/restore'] button", &[]).expect(200);
        assert!(page.says("Working"), "{page}");
    }

    fn looking_at_the_data_sets_the_day(app) {
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        app.advance(jiff::SignedDuration::from_hours(24 * 40));
        let mut editor = hire(&app, "another", "editor");
        let page = editor.get(client.url.path()).expect(200);
        assert!(page.says("more than 30 days ago"), "{page}");
        let page = editor.submit(&page, "form[action$='/confirm'] button", &[]).expect(200);
        assert!(!page.says("more than 30 days ago"), "{page}");
    }

    fn a_subscription_is_linked_by_staff_and_a_matching_domain_only_suggests_it(app) {
        let world = World::of(&app);
        world.mail_subscriber("someone@client.example");
        world.mail_subscriber("other@elsewhere.example");
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        let client = add_contact(&mut editor, &client, "dpo@client.example").expect(200);
        assert!(client.says("someone@client.example (Mail)") && !client.says("other@elsewhere.example"), "{client}");
        assert!(client.says("1 contact"), "a suggestion is no contact");
        let linked = editor.submit(&client, "button[name=subscription]", &[]).expect(200);
        assert!(linked.says("2 contacts") && linked.says("subscribed itself"), "{linked}");
        let linked = editor.submit(&linked, "form#link", &[("email", "other@elsewhere.example")]).expect(200);
        assert!(linked.says("3 contacts"), "{linked}");
        let twice = editor.submit(&linked, "form#link", &[("email", "other@elsewhere.example")]).expect(422);
        assert!(twice.says("linked to this Client already"), "{twice}");
        let nobody = editor.submit(&twice, "form#link", &[("email", "nobody@elsewhere.example")]).expect(422);
        assert!(nobody.says("Nobody has subscribed with this address"), "{nobody}");
    }

    fn readers_see_everything_and_change_nothing(app) {
        let mut editor = editor(&app);
        add_dpa(&mut editor, "Standard DPA", "30");
        let client = add_client(&mut editor, "C-1", "Client One");
        add_contact(&mut editor, &client, "dpo@client.example").expect(200);
        sign(&mut editor, &client, &[("effective_on", "2026-01-01")]).expect(200);
        let mut viewer = hire(&app, "viewer", "viewer");
        let page = viewer.get(client.url.path()).expect(200);
        assert!(page.says("dpo@client.example") && page.says("Standard DPA"), "{page}");
        assert_eq!(page.all("main form"), Vec::<String>::new(), "{page}");
        viewer.get("/staff/clients/new").expect(403);
    }
}
