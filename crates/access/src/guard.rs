//! Whose attempts count together at the guards of addresses (`soleira_runtime::guard`).

use soleira_core::Result;
use soleira_runtime::Ctx;
use soleira_runtime::guard::{Limit, address_key};

/// Counts an attempt of this address: 429 when there were too many.
pub(crate) fn attempt(ctx: &Ctx, limit: Limit) -> Result<()> {
    address(ctx).map_or(Ok(()), |key| ctx.app.guards.attempt(limit, &key, ctx.now()))
}

/// Takes an attempt of this address back.
pub(crate) fn forgive(ctx: &Ctx, limit: Limit) {
    if let Some(key) = address(ctx) {
        ctx.app.guards.forgive(limit, &key);
    }
}

/// The address of the request, within its tenant. None for loopback: that is this machine, or a proxy that does not say
/// for whom it speaks, and one guesser behind it must not lock everybody out.
fn address(ctx: &Ctx) -> Option<String> {
    let ip = ctx.request.ip.filter(|ip| !ip.to_canonical().is_loopback())?;
    Some(format!("{}:{}", ctx.tenant.id, address_key(ip)))
}
