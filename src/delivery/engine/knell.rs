//! Notices when a part of the engine is gone.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Rings when its owner is gone, in order or by a panic.
pub(super) struct Knell {
    part: &'static str,
    bell: Arc<Notify>,
}

impl Knell {
    /// For the part of that name.
    pub(super) fn new(part: &'static str, bell: &Arc<Notify>) -> Self {
        Self { part, bell: bell.clone() }
    }

    /// Starts a task whose end rings the bell.
    pub(super) fn watch(
        part: &'static str,
        bell: &Arc<Notify>,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let knell = Self::new(part, bell);
        tokio::spawn(async move {
            let _knell = knell;
            task.await;
        })
    }
}

impl Drop for Knell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(part = self.part, alarm = "sending_ended", "a part of sending broke down");
        }
        self.bell.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_rings() {
        let bell = Arc::new(Notify::new());
        let task = Knell::watch("test", &bell, async { panic!("on purpose") });
        bell.notified().await;
        assert!(task.await.is_err());
    }
}
