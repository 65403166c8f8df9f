//! The lanes: how many messages are on their way at once, and to whom. What is claimed and not
//! begun waits here, in memory, under its lease.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::Sender as Notes;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use super::courier::Courier;
use super::desk::Note;
use crate::db::outbox::Claim;
use crate::delivery::email::file::Folder;
use crate::delivery::email::smtp::Connection;

/// Webhooks on their way at once.
pub const WEBHOOKS: usize = 64;
/// Of them to one host (R16).
pub const WEBHOOKS_PER_HOST: usize = 2;
/// Connections to the relay; no mail domain can have more mails on their way than that.
pub const MAILS: usize = 8;

/// A mail slot's way out.
pub(super) enum Slot {
    /// A connection to the relay.
    Relay(Box<Connection>),
    /// A folder.
    Folder(Folder),
}

type Lane = (UnboundedSender<Claim>, JoinHandle<()>);

/// Starts the webhooks' lane.
pub(super) fn webhooks(
    courier: Arc<Courier>,
    notes: Notes<Note>,
    mut stopping: watch::Receiver<bool>,
) -> Lane {
    let (give, mut take) = unbounded_channel::<Claim>();
    let task = tokio::spawn(async move {
        let mut lane = Webhooks {
            courier,
            notes,
            waiting: VecDeque::new(),
            hosts: HashMap::new(),
            flying: JoinSet::new(),
        };
        let mut open = true;
        loop {
            lane.begin();
            tokio::select! {
                claim = take.recv(), if open => match claim {
                    Some(claim) => lane.wait(claim),
                    None => open = false,
                },
                Some(landed) = lane.flying.join_next(), if !lane.flying.is_empty() => lane.landed(landed),
                _ = stopping.changed(), if open => {
                    open = false;
                    take.close();
                    while let Ok(claim) = take.try_recv() {
                        lane.wait(claim);
                    }
                    give_back(lane.waiting.drain(..).map(|(_, claim)| claim), &lane.notes);
                }
                else => return,
            }
        }
    });
    (give, task)
}

struct Webhooks {
    courier: Arc<Courier>,
    notes: Notes<Note>,
    /// With the host of each.
    waiting: VecDeque<(String, Claim)>,
    hosts: HashMap<String, usize>,
    flying: JoinSet<String>,
}

impl Webhooks {
    fn wait(&mut self, claim: Claim) {
        self.waiting.push_back((host_of(&claim.receiver.subscription.url), claim));
    }

    /// Begins what may begin, in the order it was claimed.
    fn begin(&mut self) {
        let mut at = 0;
        while self.flying.len() < WEBHOOKS {
            let Some((host, _)) = self.waiting.get(at) else { return };
            let busy = self.hosts.get(host).copied().unwrap_or(0);
            if busy >= WEBHOOKS_PER_HOST {
                at += 1;
                continue;
            }
            let Some((host, claim)) = self.waiting.remove(at) else { return };
            self.hosts.insert(host.clone(), busy + 1);
            let (courier, notes) = (self.courier.clone(), self.notes.clone());
            self.flying.spawn(async move {
                let outcome = courier.post(claim).await;
                // A desk that is gone has left the claim to its lease.
                let _ = notes.send(Note::Done(Box::new(outcome)));
                host
            });
        }
    }

    fn landed(&mut self, landed: Result<String, tokio::task::JoinError>) {
        match landed {
            Ok(host) => {
                let left = self.hosts.get(&host).map_or(0, |n| n.saturating_sub(1));
                if left == 0 {
                    self.hosts.remove(&host);
                } else {
                    self.hosts.insert(host, left);
                }
            }
            Err(error) => tracing::error!(%error, "sending a webhook broke off; its lease runs out"),
        }
    }
}

/// Host and port: the receivers of one machine behind different ports are different ones.
fn host_of(url: &str) -> String {
    Url::parse(url)
        .ok()
        .and_then(|u| Some(format!("{}:{}", u.host_str()?, u.port_or_known_default()?)))
        .unwrap_or_default()
}

/// Starts the mail slots; `slot` makes each one's way out.
pub(super) fn mails(
    courier: &Arc<Courier>,
    notes: &Notes<Note>,
    stopping: &watch::Receiver<bool>,
    slot: impl Fn() -> Slot,
) -> (UnboundedSender<Claim>, Vec<JoinHandle<()>>) {
    let (give, take) = unbounded_channel();
    let take = Arc::new(Mutex::new(take));
    let tasks = (0..MAILS)
        .map(|_| {
            tokio::spawn(mail_slot(courier.clone(), notes.clone(), stopping.clone(), take.clone(), slot()))
        })
        .collect();
    (give, tasks)
}

async fn mail_slot(
    courier: Arc<Courier>,
    notes: Notes<Note>,
    mut stopping: watch::Receiver<bool>,
    take: Arc<Mutex<UnboundedReceiver<Claim>>>,
    mut slot: Slot,
) {
    loop {
        let next = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => None,
            next = async { take.lock().await.recv().await } => next,
        };
        let Some(claim) = next else { break };
        let outcome = courier.mail(claim, &mut slot).await;
        if notes.send(Note::Done(Box::new(outcome))).is_err() {
            break;
        }
    }
    let mut take = take.lock().await;
    take.close();
    let mut left = Vec::new();
    while let Ok(claim) = take.try_recv() {
        left.push(claim);
    }
    drop(take);
    give_back(left, &notes);
    if let Slot::Relay(connection) = &mut slot {
        connection.close().await;
    }
}

fn give_back(claims: impl IntoIterator<Item = Claim>, notes: &Notes<Note>) {
    for claim in claims {
        let _ = notes.send(Note::Back(claim.delivery.id, claim.token));
    }
}
