//! What one run may use.

use std::time::Duration;

/// What one run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time from start to end, what it waits for included.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: usize,
    /// Bytes of stack.
    pub stack: usize,
    /// Bytes of JSON that it may return.
    pub answer: usize,
    /// Requests to the outside.
    pub requests: usize,
    /// Bytes of one request to the outside.
    pub request: usize,
    /// Timers that wait at once.
    pub timers: usize,
}

impl Default for Limits {
    /// Five seconds and 128 MiB as on the wire (docs/wire/tokens.md, "Custom claims"); the others are ours.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(5),
            memory: 128 * 1024 * 1024,
            stack: 512 * 1024,
            answer: 64 * 1024,
            requests: 16,
            request: 256 * 1024,
            timers: 1_000,
        }
    }
}
