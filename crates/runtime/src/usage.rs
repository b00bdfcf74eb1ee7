//! Use by day, counted where tokens are issued and written with the batch of audit rows that is next.

use parking_lot::Mutex;
use soleira_core::{TenantId, Timestamp, UserId};
use soleira_store::Tx;
use soleira_store::usage::{self, Tokens, day_of};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// People whose activity of today is remembered as written. Who does not fit is written again, which changes nothing.
const REMEMBERED: usize = 50_000;

/// What was counted and not written yet. Sorted, so that two nodes touch the rows in one order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted {
    tokens: BTreeMap<(TenantId, i64), Tokens>,
    active: BTreeSet<(TenantId, i64, UserId)>,
}

impl Counted {
    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.active.is_empty()
    }

    /// Puts back what could not be written.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (key, counted) in &other.tokens {
            let own = self.tokens.entry(key.clone()).or_default();
            own.users += counted.users;
            own.machines += counted.machines;
        }
        self.active.extend(other.active.iter().cloned());
    }

    /// Writes what was counted.
    pub(crate) async fn write(&self, tx: &mut Tx<'_>) -> soleira_store::Result<()> {
        for ((tenant, day), issued) in &self.tokens {
            usage::add_tokens(tx, tenant, *day, *issued).await?;
        }
        for (tenant, day, user) in &self.active {
            usage::add_active_user(tx, tenant, *day, user).await?;
        }
        Ok(())
    }
}

/// The counters of the process.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: Counted,
    /// The latest day, and who was active on it and is written down.
    day: i64,
    known: HashSet<(TenantId, UserId)>,
}

impl Counters {
    /// Counts an access token of a person, who is active with it.
    pub(crate) fn count_user(&self, tenant: &TenantId, user: &UserId, now: Timestamp) {
        let day = day_of(now);
        let mut inner = self.0.lock();
        inner.waiting.tokens.entry((tenant.clone(), day)).or_default().users += 1;
        let known = (tenant.clone(), user.clone());
        if inner.day != day || !inner.known.contains(&known) {
            inner.waiting.active.insert((known.0, day, known.1));
        }
    }

    /// Counts an access token of a machine.
    pub(crate) fn count_machine(&self, tenant: &TenantId, now: Timestamp) {
        let key = (tenant.clone(), day_of(now));
        self.0.lock().waiting.tokens.entry(key).or_default().machines += 1;
    }

    /// How many rows writing would touch.
    pub(crate) fn waiting(&self) -> usize {
        let inner = self.0.lock();
        inner.waiting.tokens.len() + inner.waiting.active.len()
    }

    /// Takes what waits, to be written.
    pub(crate) fn take(&self) -> Counted {
        std::mem::take(&mut self.0.lock().waiting)
    }

    /// Puts back what could not be written.
    pub(crate) fn give_back(&self, counted: &Counted) {
        self.0.lock().waiting.merge(counted);
    }

    /// Remembers whose activity is written down.
    pub(crate) fn written(&self, counted: &Counted) {
        let mut inner = self.0.lock();
        for (tenant, day, user) in &counted.active {
            if *day > inner.day {
                inner.day = *day;
                inner.known.clear();
            }
            if *day == inner.day && inner.known.len() < REMEMBERED {
                inner.known.insert((tenant.clone(), user.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_written_once_a_day() {
        let (counters, tenant, user) = (Counters::default(), TenantId::from("t"), UserId::from("u"));
        let day = |number: i64| Timestamp(number * 86_400_000);
        counters.count_user(&tenant, &user, day(3));
        counters.count_user(&tenant, &user, day(3));
        let counted = counters.take();
        assert_eq!(
            (counted.active.len(), counted.tokens[&(tenant.clone(), 3)].users),
            (1, 2)
        );
        counters.written(&counted);
        counters.count_user(&tenant, &user, day(3));
        let counted = counters.take();
        assert_eq!((counted.active.len(), counted.tokens.len()), (0, 1));
        counters.give_back(&counted);
        counters.count_user(&tenant, &user, day(4));
        counters.count_machine(&tenant, day(4));
        let counted = counters.take();
        assert_eq!(counted.active.len(), 1);
        assert_eq!(counted.tokens[&(tenant.clone(), 3)].users, 1);
        assert_eq!(counted.tokens[&(tenant, 4)], Tokens { users: 1, machines: 1 });
    }
}
