//! A bound on the bytes that are on their way between threads.

use std::sync::{Condvar, Mutex, PoisonError};

/// Lets bytes pass while there is room.
pub(crate) struct Gate {
    used: Mutex<usize>,
    freed: Condvar,
    bytes_max: usize,
}

/// Room for bytes, given back when it is dropped, by whatever way.
pub(crate) struct Permit<'g> {
    gate: &'g Gate,
    bytes: usize,
}

impl Gate {
    /// A gate for `bytes_max` bytes at a time.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { used: Mutex::new(0), freed: Condvar::new(), bytes_max }
    }

    /// Waits until there is room. What is larger than the bound passes alone.
    pub(crate) fn pass(&self, bytes: usize) -> Permit<'_> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |used: &mut usize| *used > 0 && *used + bytes > self.bytes_max;
        let mut used = self.freed.wait_while(used, full).unwrap_or_else(PoisonError::into_inner);
        *used += bytes;
        Permit { gate: self, bytes }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut used = self.gate.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = used.saturating_sub(self.bytes);
        drop(used);
        self.gate.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn no_more_passes_than_there_is_room_for() {
        let gate = Gate::new(10);
        let first = gate.pass(6);
        let second = gate.pass(4);
        std::thread::scope(|scope| {
            let third = scope.spawn(|| drop(gate.pass(30)));
            std::thread::sleep(Duration::from_millis(5));
            assert!(!third.is_finished());
            drop(first);
            drop(second);
        });
        assert_eq!(*gate.used.lock().unwrap(), 0);
    }
}
