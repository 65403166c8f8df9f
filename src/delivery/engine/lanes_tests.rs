use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::*;
use crate::db::outbox::Outcome;
use crate::db::subscription::Stored;
use crate::domain::delivery::{Delivery, DeliveryKind, DeliveryState};
use crate::domain::subscription::{Filter, Subscription, SubscriptionState};

/// Does what the path of the endpoint says.
struct Actor;

impl Carrier for Actor {
    async fn carry(&self, claim: Claim, _: &mut Way) -> Ended {
        let url = &claim.receiver.subscription.url;
        match url.rsplit('/').next() {
            Some("panic") => panic!("on purpose"),
            Some("hang") => std::future::pending().await,
            Some("untouched") => Ended::Untouched,
            _ => Ended::Tried(Box::new(outcome(&claim, "sent"))),
        }
    }

    fn broke_off(&self, claim: &Claim, _: Duration) -> Outcome {
        outcome(claim, "broke off")
    }
}

fn outcome(claim: &Claim, answer: &str) -> Outcome {
    Outcome {
        delivery_id: claim.delivery.id,
        token: claim.token,
        state: DeliveryState::Queued,
        due_at: claim.at,
        attempt: None,
        last_answer: answer.to_owned(),
        kept: false,
    }
}

fn claim(channel: Channel, url: &str, attempts: i32) -> Claim {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 20_000);
    let subscription = Subscription {
        id: Id::new(at),
        channel,
        email: "dpo@client.example".parse().unwrap(),
        url: url.to_owned(),
        filter: Filter::default(),
        language: "en".to_owned(),
        state: SubscriptionState::Confirmed,
        created_at: at,
        confirmed_at: Some(at),
        consented_at: Some(at),
        ended_at: None,
        sequence: 0,
        contact_id: None,
        revision: 1,
    };
    let delivery = Delivery {
        id: Id::new(at),
        kind: DeliveryKind::Notice,
        notice_id: None,
        list_version: None,
        event: String::new(),
        subscription_id: subscription.id,
        client_notice_id: None,
        channel,
        state: DeliveryState::Sending,
        due_at: at,
        attempts,
        sequence: 0,
        created_at: at,
        accepted_at: None,
        last_answer: String::new(),
    };
    Claim { delivery, receiver: Stored { subscription, secret: String::new() }, token: 7, at }
}

struct Running {
    give: UnboundedSender<Claim>,
    notes: std::sync::mpsc::Receiver<Note>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

fn run(channel: Channel) -> Running {
    let (to, notes) = std::sync::mpsc::channel();
    let (give, take) = unbounded_channel();
    let (stop, stopping) = watch::channel(false);
    let lane = Lane::new(channel, Arc::new(Actor), to, || Way::Post);
    Running { give, notes, stop, task: tokio::spawn(lane.run(take, stopping)) }
}

impl Running {
    fn give(&self, claim: Claim) {
        self.give.send(claim).unwrap();
    }

    /// The next `n` notes; with a patience that only a broken lane uses up.
    async fn next(self, n: usize) -> (Self, Vec<Note>) {
        tokio::task::spawn_blocking(move || {
            let patience = Duration::from_secs(10);
            let notes = (0..n).map(|_| self.notes.recv_timeout(patience).expect("a note")).collect();
            (self, notes)
        })
        .await
        .unwrap()
    }
}

fn answers(notes: &[Note]) -> Vec<&str> {
    fn answer(note: &Note) -> &str {
        match note {
            Note::Done(outcome, _) => &outcome.last_answer,
            Note::Back(..) => "back",
            _ => "?",
        }
    }
    notes.iter().map(answer).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_frees_its_slot_and_its_host_and_is_told() {
    for channel in [Channel::Email, Channel::Webhook] {
        let mut lane = run(channel);
        // More than there are slots, and than one host may have.
        for _ in 0..in_flight(channel) + 3 {
            lane.give(claim(channel, "https://one.example/panic", 0));
            let (same, notes) = lane.next(1).await;
            lane = same;
            assert_eq!(answers(&notes), ["broke off"]);
        }
        lane.give(claim(channel, "https://one.example/ok", 0));
        let (_lane, notes) = lane.next(1).await;
        assert_eq!(answers(&notes), ["sent"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_begin_than_are_recorded() {
    let lane = run(Channel::Email);
    for _ in 0..MAILS + 5 {
        lane.give(claim(Channel::Email, "https://one.example/ok", 0));
    }
    let (lane, mut first) = lane.next(MAILS).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(lane.notes.try_recv().is_err(), "the others wait for the first to be recorded");
    first.truncate(MAILS - 2);
    let (lane, _second) = lane.next(2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(lane.notes.try_recv().is_err(), "two were recorded, so two began");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenth_of_the_slots_is_kept_for_first_attempts() {
    let lane = run(Channel::Webhook);
    for i in 0..WEBHOOKS {
        lane.give(claim(Channel::Webhook, &format!("https://host-{i}.example/hang"), 3));
    }
    lane.give(claim(Channel::Webhook, "https://new.example/ok", 0));
    let (lane, notes) = lane.next(1).await;
    assert_eq!(answers(&notes), ["sent"]);
    lane.stop.send_replace(true);
    let (_lane, notes) = lane.next(WEBHOOKS / 10).await;
    assert!(answers(&notes).iter().all(|a| *a == "back"), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_did_not_begin_comes_back() {
    let lane = run(Channel::Webhook);
    lane.give(claim(Channel::Webhook, "https://one.example/untouched", 0));
    let (lane, notes) = lane.next(1).await;
    assert_eq!(answers(&notes), ["back"]);
    for _ in 0..5 {
        lane.give(claim(Channel::Webhook, "https://one.example/hang", 0));
    }
    lane.stop.send_replace(true);
    let (lane, notes) = lane.next(3).await;
    assert_eq!(answers(&notes), ["back", "back", "back"], "two are under way");
    lane.task.abort();
}
