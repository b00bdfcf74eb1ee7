//! Folding the write-ahead log into the file. Thousands of pages take tens of milliseconds, which nobody who waits for a
//! commit should spend: a thread copies them while the writer goes on, and the writer copies the few that came meanwhile,
//! after which the log begins anew.

use super::Result;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::mpsc::{Sender, channel};

/// Pages of the log from which on it is folded: 16 MB. A page that many units change is then copied once.
const PAGES: i32 = 4000;

/// How often the thread tries to catch up with the writer.
const ATTEMPTS: usize = 5;

/// Nothing is copied.
const IDLE: u8 = 0;
/// The thread copies.
const COPYING: u8 = 1;
/// The thread is done, the writer not.
const COPIED: u8 = 2;

/// The thread beside the writer.
pub(super) struct Checkpointer {
    /// Pages of the log after the last commit.
    pages: Arc<AtomicI32>,
    state: Arc<AtomicU8>,
    /// Present until the end.
    start: Option<Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Checkpointer {
    /// A thread with a connection of its own, opened when there is something to do, in place of what the engine does
    /// within a commit.
    pub(super) fn beside(writer: &mut Connection, path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let pages = Arc::new(AtomicI32::new(0));
        let after_commit = Arc::clone(&pages);
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            after_commit.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let state = Arc::new(AtomicU8::new(IDLE));
        let (start, wanted) = channel();
        let copied = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("sqlite-log".into())
            .spawn(move || {
                let mut own = None;
                while wanted.recv().is_ok() {
                    match own.take().map_or_else(|| super::sqlite::connect(&path), Ok) {
                        Ok(conn) => catch_up(own.insert(conn)),
                        Err(error) => tracing::warn!(%error, "the write-ahead log is folded by the writer alone"),
                    }
                    copied.store(COPIED, Ordering::Release);
                }
            })
            .map_err(|error| super::Error::Other(error.to_string()))?;
        Ok(Self {
            pages,
            state,
            start: Some(start),
            thread: Some(thread),
        })
    }

    /// Does what there is to do between two commits.
    pub(super) fn look(&self, writer: &Connection) {
        match self.state.load(Ordering::Acquire) {
            COPIED => {
                fold(writer);
                self.pages.store(0, Ordering::Relaxed);
                self.state.store(IDLE, Ordering::Release);
            }
            IDLE if self.pages.load(Ordering::Relaxed) >= PAGES => {
                self.state.store(COPYING, Ordering::Release);
                if self.start.as_ref().is_none_or(|start| start.send(()).is_err()) {
                    self.state.store(COPIED, Ordering::Release);
                }
            }
            _ => {}
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.start.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Copies until the writer wrote nothing meanwhile: only then does the engine sync the file, and the writer, who is next,
/// finds little to sync.
fn catch_up(conn: &Connection) {
    let mut known = None;
    for _ in 0..ATTEMPTS {
        let pages = fold(conn);
        if pages == known {
            return;
        }
        known = pages;
    }
}

/// Copies what can be copied without waiting for anybody, and the next time what is left; how many pages the log had.
fn fold(conn: &Connection) -> Option<i64> {
    let folded = conn.query_row("pragma wal_checkpoint(passive)", [], |row| row.get(1));
    folded
        .inspect_err(|error| {
            tracing::warn!(%error, "the write-ahead log could not be folded into the file; it grows until it can");
        })
        .ok()
}
