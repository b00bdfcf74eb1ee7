//! Use by day: how many tokens were issued, and who was active. Days are counted from the epoch, in UTC.

use crate::{Result, Tx, bind, row};
use soleira_core::{TenantId, Timestamp, UserId};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The day of a point in time.
pub fn day_of(time: Timestamp) -> i64 {
    time.0.div_euclid(DAY)
}

/// Access tokens issued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// To people.
    pub users: i64,
    /// To machines.
    pub machines: i64,
}

row! {
    /// What happened on a day.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct DayOfUse {
        /// The day.
        pub day: i64,
        /// How many people got a token.
        pub active_users: i64,
        /// How many access tokens people got.
        pub user_tokens: i64,
        /// How many access tokens machines got.
        pub machine_tokens: i64,
    }
}

/// Adds to the tokens of a day.
pub async fn add_tokens(tx: &mut Tx<'_>, tenant: &TenantId, day: i64, issued: Tokens) -> Result<()> {
    tx.run(
        "insert into daily_token_usage (tenant_id, day, user_tokens, machine_tokens) values ($1, $2, $3, $4)
         on conflict (tenant_id, day) do update set
                user_tokens = daily_token_usage.user_tokens + excluded.user_tokens,
                machine_tokens = daily_token_usage.machine_tokens + excluded.machine_tokens",
        bind![tenant, day, issued.users, issued.machines],
    )
    .await?;
    Ok(())
}

/// Notes that a person was active on a day; nothing happens if it is known.
pub async fn add_active_user(tx: &mut Tx<'_>, tenant: &TenantId, day: i64, user: &UserId) -> Result<()> {
    tx.run(
        "insert into daily_active_users (tenant_id, day, user_id) values ($1, $2, $3) on conflict do nothing",
        bind![tenant, day, user],
    )
    .await?;
    Ok(())
}

/// The days from `first` to `last` on which tokens were issued, oldest first.
pub async fn between(tx: &mut Tx<'_>, tenant: &TenantId, first: i64, last: i64) -> Result<Vec<DayOfUse>> {
    tx.all(
        "select t.day, (select count(*) from daily_active_users a where a.tenant_id = t.tenant_id and a.day = t.day),
                t.user_tokens, t.machine_tokens
           from daily_token_usage t where t.tenant_id = $1 and t.day between $2 and $3 order by t.day",
        bind![tenant, first, last],
    )
    .await
}
