use subprocessors::delivery::email::file::Folder;
use subprocessors::delivery::email::mime::{Mail, envelope_address};
use subprocessors::delivery::outcome::Verdict;

fn mail(body: &str) -> Mail {
    Mail {
        sender: envelope_address("notices@acme.example").unwrap(),
        recipient: envelope_address("privacy@client.example").unwrap(),
        bytes: body.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn a_repeat_of_a_delivery_replaces_its_file_and_leaves_no_other() {
    let path = std::env::temp_dir().join(format!("folder-{}", uuid::Uuid::now_v7()));
    let folder = Folder::new(path.join("mail"));
    for body in ["first", "second"] {
        assert_eq!(folder.send("dlv_1", &mail(body)).await.verdict, Verdict::Accepted);
    }
    folder.send("dlv_2", &mail("other")).await;
    let mut names: Vec<String> = std::fs::read_dir(path.join("mail"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["dlv_1.eml", "dlv_2.eml"]);
    assert_eq!(std::fs::read_to_string(path.join("mail/dlv_1.eml")).unwrap(), "second");
    std::fs::remove_dir_all(path).unwrap();
}

#[tokio::test]
async fn an_id_cannot_leave_the_folder() {
    let folder = Folder::new(std::env::temp_dir());
    for id in ["", "../escape", "a/b", "a\\b", "..", "a\0b", &"x".repeat(101)] {
        assert_eq!(folder.send(id, &mail("")).await.verdict, Verdict::Permanent, "{id:?}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_a_temporary_failure_with_its_reason() {
    let file = std::env::temp_dir().join(format!("file-{}", uuid::Uuid::now_v7()));
    std::fs::write(&file, "in the way").unwrap();
    let exchange = Folder::new(file.join("mail")).send("dlv_1", &mail("")).await;
    assert_eq!(exchange.verdict, Verdict::RETRY);
    assert!(exchange.answer.contains("mail.file_dir"), "{}", exchange.answer);
    std::fs::remove_file(file).unwrap();
}
