//! Figures for Prometheus. What happens in this process is counted here; what stands in the
//! database is read when the figures are asked for.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Attempt {
    channel: String,
    verdict: String,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct State {
    state: String,
}

/// What the database says at the moment.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The current list version; 0 before the first.
    pub list_version: i64,
    /// Deliveries by state.
    pub deliveries: Vec<(String, i64)>,
    /// Seconds since the oldest delivery that waits fell due; 0 if none has.
    pub oldest_due_seconds: i64,
}

/// The figures of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    attempts: Family<Attempt, Counter>,
    unreadable: Counter,
    last_tick: Gauge<f64, AtomicU64>,
    list_version: Gauge,
    deliveries: Family<State, Gauge>,
    oldest_due: Gauge,
    /// One scrape at a time: the gauges of the database are set, then read.
    scrape: Mutex<()>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("subprocessors");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered, by route", requests.clone());
        let attempts = Family::default();
        registry.register("attempts", "Delivery attempts of this process, by outcome", attempts.clone());
        let unreadable = Counter::default();
        registry.register(
            "unreadable_subscriptions",
            "Receivers left out of an audience because their row cannot be read",
            unreadable.clone(),
        );
        let last_tick = Gauge::default();
        registry.register(
            "last_job_tick_timestamp_seconds",
            "When periodic work last ran through in this process",
            last_tick.clone(),
        );
        let list_version = Gauge::default();
        registry.register("list_version", "Number of the current list version", list_version.clone());
        let deliveries = Family::default();
        registry.register("deliveries", "Deliveries in the database, by state", deliveries.clone());
        let oldest_due = Gauge::default();
        registry.register(
            "oldest_due_seconds",
            "How long the oldest waiting delivery is due",
            oldest_due.clone(),
        );
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "This release", build);
        let scrape = Mutex::default();
        Self {
            registry,
            requests,
            attempts,
            unreadable,
            last_tick,
            list_version,
            deliveries,
            oldest_due,
            scrape,
        }
    }
}

impl Metrics {
    /// Counts an answer. `route` is a pattern, never a path; no pattern means no route of ours.
    pub fn answered(&self, route: Option<String>, method: &str, status: u16) {
        // Anybody can send any method: only known ones become a label.
        const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = METHODS.into_iter().find(|m| *m == method).unwrap_or("other");
        let route = route.unwrap_or_else(|| "none".to_owned());
        self.requests.get_or_create(&Request { route, method, status }).inc();
    }

    /// Counts a delivery attempt.
    pub fn attempted(&self, channel: &str, verdict: &str) {
        let labels = Attempt { channel: channel.to_owned(), verdict: verdict.to_owned() };
        self.attempts.get_or_create(&labels).inc();
    }

    /// Counts receivers who were owed news and left out, because their rows cannot be read.
    pub fn left_out(&self, count: usize) {
        self.unreadable.inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Notes that periodic work ran through.
    pub fn ticked(&self, now: Timestamp) {
        self.last_tick.set(now.as_millisecond() as f64 / 1_000.0);
    }

    /// Everything in the text format of OpenMetrics 1.0.
    ///
    /// # Errors
    /// Never in practice: writing to memory cannot fail.
    pub fn text(&self, stored: &Stored) -> Result<String, fmt::Error> {
        let _turn = self.scrape.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.list_version.set(stored.list_version);
        self.oldest_due.set(stored.oldest_due_seconds);
        self.deliveries.clear();
        for (state, count) in &stored.deliveries {
            self.deliveries.get_or_create(&State { state: state.clone() }).set(*count);
        }
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_named_with_their_labels() {
        let metrics = Metrics::default();
        metrics.answered(Some("/subscriptions/confirm/{token}".into()), "GET", 200);
        metrics.answered(None, "BREW", 404);
        metrics.attempted("email", "accepted");
        let stored =
            Stored { list_version: 7, deliveries: vec![("queued".into(), 3)], oldest_due_seconds: 0 };
        let text = metrics.text(&stored).unwrap();
        for line in [
            r#"subprocessors_http_requests_total{route="/subscriptions/confirm/{token}",method="GET",status="200"} 1"#,
            r#"subprocessors_http_requests_total{route="none",method="other",status="404"} 1"#,
            r#"subprocessors_attempts_total{channel="email",verdict="accepted"} 1"#,
            r#"subprocessors_deliveries{state="queued"} 3"#,
            "subprocessors_list_version 7",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
