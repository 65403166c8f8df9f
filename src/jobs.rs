//! The alarm clock: wakes functions that look for themselves what is due, and holds no truth.
//!
//! Every wake-up asks the database, so a missed one costs nothing, two at once harm nothing, and
//! after a downtime the first one catches up. The scheduler's cron job rings each second; it
//! can lose activations (a lagging receiver drops them), so a plain interval rings beside it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::actions;
use crate::state::State;

/// Each second, in UTC. Looking costs a few small reads.
const WAKE: &str = "* * * * * *";
/// The safety net.
const INTERVAL: Duration = Duration::from_secs(30);

/// The running alarm clock.
pub struct Jobs {
    scheduler: JobScheduler,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    /// The task's end was seen; it cannot be waited for again.
    gone: bool,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}

/// Starts it.
///
/// # Errors
/// The scheduler cannot be started.
pub async fn start(state: State) -> Result<Jobs, JobSchedulerError> {
    let bell = Arc::new(Notify::new());
    let scheduler = JobScheduler::new().await?;
    let ringer = Arc::clone(&bell);
    scheduler.add(Job::new(WAKE, move |_, _| ringer.notify_one())?).await?;
    scheduler.start().await?;
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(run(state, bell, stopping));
    Ok(Jobs { scheduler, stop, task, gone: false })
}

impl Jobs {
    /// Waits until the work has ended by itself, which is a fault: nothing would be announced or
    /// take effect any more.
    pub async fn ended(&mut self) {
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, alarm = "jobs_ended", "periodic work broke down");
        }
        self.gone = true;
    }

    /// Rings no more, and waits for what is under way.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::debug!(%error, "the scheduler did not stop");
        }
        self.stop.send_replace(true);
        if !self.gone
            && let Err(error) = self.task.await
        {
            tracing::error!(%error, "periodic work broke down");
        }
    }
}

async fn run(state: State, bell: Arc<Notify>, mut stopping: watch::Receiver<bool>) {
    let mut failing = BTreeSet::new();
    while !*stopping.borrow() {
        wake(&state, &mut failing).await;
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stopping.changed() => {}
        }
    }
}

/// Everything that may be due, the nearest deadline first: an announcement starts clocks.
async fn wake(state: &State, failing: &mut BTreeSet<&'static str>) {
    let before = failing.len();
    note("announce", actions::announce_due(state).await.map(|done| done.len()), failing);
    note("take_effect", actions::take_effect_due(state).await.map(|done| done.len()), failing);
    note("reviews", actions::mark_overdue_reviews(state).await.map(|done| done.len()), failing);
    note("hold_outs", actions::clients::keep_held_out(state).await, failing);
    note("latecomers", actions::tell_latecomers(state).await, failing);
    note("reach_again", actions::reach_again(state).await, failing);
    note("windows", actions::close_windows(state).await, failing);
    note("objections", actions::objections::warn_overdue(state).await, failing);
    note("forget", actions::forget_expired(state).await, failing);
    note("unconfirmed", actions::subscribe::purge_unconfirmed(state).await, failing);
    // A retry falls due by the clock alone, and the clock can be set.
    state.outbox_bell.notify_one();
    if failing.is_empty() {
        state.metrics.ticked(state.clock.now());
        if before > 0 {
            tracing::info!("periodic work runs again");
        }
    }
}

/// Logs what was done, and a failure once, not each second.
fn note(job: &'static str, done: Result<usize, actions::Error>, failing: &mut BTreeSet<&'static str>) {
    match done {
        Ok(count) => {
            failing.remove(job);
            if count > 0 {
                tracing::info!(job, count, "done");
            }
        }
        Err(error) => {
            if failing.insert(job) {
                tracing::error!(job, cause = %error, "periodic work failed and is tried again each second");
            }
        }
    }
}
