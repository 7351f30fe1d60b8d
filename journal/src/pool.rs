//! Readers that are kept open between reads.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Idle readers kept open.
const IDLE_MAX: usize = 4;

/// Hands out readers, one user each, so that a reader's work may itself call the journal.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    /// A pool without any reader yet.
    pub(crate) fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// Runs `work` on a reader that nobody else uses meanwhile. One that failed is not kept.
    pub(crate) fn with<R, E>(
        &self,
        open: impl FnOnce() -> Result<T, E>,
        work: impl FnOnce(&T) -> Result<R, E>,
    ) -> Result<R, E> {
        let idle = lock(&self.idle).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => open()?,
        };
        let done = work(&reader)?;
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE_MAX {
            idle.push(reader);
        }
        Ok(done)
    }
}

/// Takes a lock whose holder may have panicked: a transaction was rolled back then, and the clients
/// behind the locks stay whole whatever their user did.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
