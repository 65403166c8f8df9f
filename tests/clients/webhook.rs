use super::*;

on_both! {
    fn a_webhook_contact_waits_for_mailbox_and_endpoint_and_only_the_receiver_sees_the_secret(app) {
        let mut editor = editor(&app);
        let client = add_client(&mut editor, "C-1", "Client One");
        let page = editor.get(&format!("{}/webhooks/new", client.url.path())).expect(200);
        let url = app.hooks.url("/client-one");
        let refused = editor.submit(&page, "main form", &[("url", "ftp://x"), ("email", "nobody")]).expect(422);
        assert_eq!(refused.all(".summary li").len(), 2, "{refused}");
        assert_eq!(app.database.number("SELECT count(*) AS n FROM subscription"), 0);
        let client = editor.submit(&refused, "main form", &[("url", &url), ("email", "ops@client.example")]).expect(200);
        assert!(client.says("Waits for the mailbox to confirm") && client.says("no working contact"), "{client}");
        assert!(!client.text().contains("whsec_"), "{client}");
        let mail = app.mail.wait_for_one_to("ops@client.example");
        let mut receiver = app.browser();
        let page = receiver.get(&mail.link("/subscriptions/")).expect(200);
        let page = receiver.submit(&page, "main form", &[]).expect(200);
        assert!(page.text().contains("whsec_"), "{page}");
        let waits = editor.get(client.url.path()).expect(200);
        assert!(waits.says("Waits for the endpoint"), "{waits}");
        receiver.submit(&page, "main form[action*='consent'], main form", &[]).expect(200);
        let works = editor.get(client.url.path()).expect(200);
        assert!(works.says("1 contact") && works.says("Working"), "{works}");
        let page = editor.get(&format!("{}/webhooks/new", client.url.path())).expect(200);
        let twice = editor.submit(&page, "main form", &[("url", &url), ("email", "ops@client.example")]).expect(422);
        assert!(twice.says("This webhook is a contact of this Client already"), "{twice}");
    }
}
