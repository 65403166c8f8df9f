//! `/demo/webhooks`: a receiver as an integrator would write it. It answers the challenge,
//! checks each signature, and shows what came.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Demo;
use crate::db;
use crate::delivery::webhook::signature::{self, Secret};
use crate::domain::subscription::Channel;
use crate::state::State;
use crate::web::Error;
use crate::web::render::{Frame, Pages, Section};

/// How many calls are kept.
const KEPT: usize = 200;

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Call {
    at: String,
    kind: String,
    verified: bool,
    headers: Vec<(String, String)>,
    body: String,
}

/// What came, newest first; also in a file, so that it is there after the next start.
#[derive(Debug)]
pub struct Received {
    calls: Mutex<VecDeque<Call>>,
    file: PathBuf,
}

impl Received {
    /// Reads what came before.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(super) fn open(file: PathBuf) -> Result<Self, super::Error> {
        let text = match std::fs::read_to_string(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(super::Error::File(file, e)),
            read => read.unwrap_or_default(),
        };
        let calls =
            text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()).take(KEPT).collect();
        Ok(Self { calls: Mutex::new(calls), file })
    }

    fn add(&self, call: Call) -> std::io::Result<()> {
        let line = serde_json::to_string(&call)?;
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push_front(call);
        calls.truncate(KEPT);
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        writeln!(file, "{line}")
    }

    fn all(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[derive(Serialize)]
struct List {
    frame: Frame,
    hook: String,
    calls: Vec<Call>,
}

/// Shows every call.
///
/// # Errors
/// The page cannot be rendered.
pub async fn list(demo: Data<Demo>, pages: Data<Pages>) -> Result<HttpResponse, Error> {
    let context = List {
        frame: pages.frame("Webhooks", Section::Other, None),
        hook: pages.site().link(super::HOOK),
        calls: demo.received.all(),
    };
    pages.answer("demo/webhooks", &context)
}

/// Receives a call: keeps it, and answers a challenge with its value.
///
/// # Errors
/// The database cannot be read.
pub async fn receive(
    state: Data<State>,
    demo: Data<Demo>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Error> {
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let kind = message.get("type").and_then(Value::as_str).unwrap_or("not a message of ours").to_owned();
    let shown = serde_json::to_string_pretty(&message).unwrap_or_default();
    let call = Call {
        at: state.clock.now().strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
        verified: is_ours(&state, &headers, &body).await?,
        kind,
        headers,
        body: if message.is_null() { String::from_utf8_lossy(&body).into_owned() } else { shown },
    };
    demo.received.add(call).map_err(Error::internal)?;
    Ok(match message.pointer("/data/challenge") {
        Some(challenge) => HttpResponse::Ok().json(json!({ "challenge": challenge })),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Whether one of the endpoints that lead here signed it. An integrator knows one secret; the
/// demo knows all of its own.
async fn is_ours(state: &State, headers: &[(String, String)], body: &[u8]) -> Result<bool, Error> {
    let header = |name: &str| {
        headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (id, signatures) = (header(signature::ID), header(signature::SIGNATURE));
    let Ok(timestamp) = header(signature::TIMESTAMP).parse::<i64>() else { return Ok(false) };
    let stored = state
        .db
        .read(|conn| {
            let all = db::subscription::page(conn, "", 1_000)?;
            let hooks = all.into_iter().filter(|s| s.channel == Channel::Webhook);
            hooks.map(|s| db::subscription::get(conn, s.id)).collect::<Result<Vec<_>, db::Error>>()
        })
        .await?;
    let secrets = stored
        .into_iter()
        .flatten()
        .filter_map(|stored| Secret::unseal(&state.keys, stored.subscription.id, &stored.secret).ok());
    Ok(secrets.into_iter().any(|secret| signature::verify(&secret, &id, timestamp, body, &signatures)))
}
