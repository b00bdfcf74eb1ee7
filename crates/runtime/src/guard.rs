//! Guards against too many attempts, per key: a fixed number in a sliding window, in this process's memory.
//!
//! The lockout of an identifier is kept in the database; these guards are for addresses and tenants, where a bound per
//! node is enough.

use parking_lot::Mutex;
use soleira_core::{Code, Error, Kind, Result, Timestamp};
use std::net::IpAddr;

/// Keys that are remembered; the coldest are forgotten first.
const CAPACITY: usize = 100_000;

/// A limit: so many in so long.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What is limited, part of the key.
    pub purpose: &'static str,
    /// How many are let through in a window.
    pub attempts: u32,
    /// The window, in milliseconds.
    pub window: i64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    start: Timestamp,
    current: u32,
    previous: u32,
}

/// The counters of the process.
#[derive(Debug)]
pub struct Guards {
    /// Read and written under one lock: of parallel attempts none slips past the limit.
    windows: Mutex<quick_cache::unsync::Cache<String, Window>>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            windows: Mutex::new(quick_cache::unsync::Cache::new(CAPACITY)),
        }
    }
}

impl Guards {
    /// Counts an attempt and refuses it when there were too many: 429, with the seconds to wait in `data`.
    pub fn attempt(&self, limit: Limit, key: &str, now: Timestamp) -> Result<()> {
        let key = format!("{}:{key}", limit.purpose);
        let mut windows = self.windows.lock();
        let mut window = windows.get(&key).copied().unwrap_or(Window {
            start: now,
            current: 0,
            previous: 0,
        });
        let elapsed = now.since(window.start);
        if elapsed >= 2 * limit.window {
            window = Window {
                start: now,
                current: 0,
                previous: 0,
            };
        } else if elapsed >= limit.window {
            window = Window {
                start: window.start.plus_millis(limit.window),
                current: 0,
                previous: window.current,
            };
        }
        // The part of the last window that still lies within one window's length of now counts along.
        let overlap = (limit.window - now.since(window.start)).max(0);
        let carried = (i64::from(window.previous) * overlap + limit.window - 1) / limit.window.max(1);
        if i64::from(window.current) + carried >= i64::from(limit.attempts) {
            let wait = (limit.window - now.since(window.start)).max(1000) / 1000;
            windows.insert(key, window);
            return Err(Error::new(Code::RequestRateLimited)
                .kind_is(Kind::RateLimited)
                .with_data(serde_json::json!({ "retryAfter": wait })));
        }
        window.current += 1;
        windows.insert(key, window);
        Ok(())
    }

    /// Takes back an attempt that was counted and turned out to be harmless.
    pub fn forgive(&self, limit: Limit, key: &str) {
        let key = format!("{}:{key}", limit.purpose);
        let mut windows = self.windows.lock();
        if let Some(mut window) = windows.get(&key).copied() {
            window.current = window.current.saturating_sub(1);
            windows.insert(key, window);
        }
    }
}

/// The part of an address that one guesser cannot change at will: all of IPv4, the /64 of IPv6.
pub fn address_key(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        purpose: "test",
        attempts: 3,
        window: 1000,
    };

    #[test]
    fn attempts_beyond_the_limit_wait_for_the_window() {
        let guards = Guards::default();
        for _ in 0..3 {
            guards.attempt(LIMIT, "a", Timestamp(0)).unwrap();
        }
        assert_eq!(guards.attempt(LIMIT, "a", Timestamp(10)).unwrap_err().status(), 429);
        guards.attempt(LIMIT, "b", Timestamp(10)).unwrap();
        assert!(
            guards.attempt(LIMIT, "a", Timestamp(1001)).is_err(),
            "the last window still weighs"
        );
        guards.attempt(LIMIT, "a", Timestamp(1900)).unwrap();
        guards.attempt(LIMIT, "a", Timestamp(9000)).unwrap();
    }

    #[test]
    fn what_is_forgiven_does_not_count() {
        let guards = Guards::default();
        for _ in 0..10 {
            guards.attempt(LIMIT, "a", Timestamp(0)).unwrap();
            guards.forgive(LIMIT, "a");
        }
        guards.forgive(LIMIT, "a");
        for _ in 0..3 {
            guards.attempt(LIMIT, "a", Timestamp(0)).unwrap();
        }
        assert!(guards.attempt(LIMIT, "a", Timestamp(0)).is_err());
    }

    #[test]
    fn neighbours_of_one_ipv6_network_share_a_key() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2:3::1"), key("2001:db8:1:2:ffff::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:10.0.0.1"), "10.0.0.1");
    }
}
