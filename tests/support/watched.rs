//! A value that threads change and a test waits on: no sleeping to hope.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// A value behind a lock with a bell that rings at each change.
#[derive(Default)]
pub struct Watched<T> {
    inner: Arc<(Mutex<T>, Condvar)>,
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<T> Watched<T> {
    pub fn new(value: T) -> Self {
        Self { inner: Arc::new((Mutex::new(value), Condvar::new())) }
    }

    /// Looks at the value.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the value and wakes everyone who waits.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.inner.1.notify_all();
        result
    }

    /// Waits until `ready` gives a value; `None` when `patience` ran out first.
    pub fn wait<R>(&self, patience: Duration, mut ready: impl FnMut(&T) -> Option<R>) -> Option<R> {
        let deadline = Instant::now() + patience;
        let mut value = self.lock();
        loop {
            if let Some(found) = ready(&value) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            value = self.inner.1.wait_timeout(value, left).unwrap_or_else(|e| e.into_inner()).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        // A test thread that failed while holding the lock has already reported it.
        self.inner.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Asks `ready` again and again until it gives a value, for things that ring no bell
/// (a page, a row, another process).
pub fn eventually<R>(what: &str, patience: Duration, mut ready: impl FnMut() -> Option<R>) -> R {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}
