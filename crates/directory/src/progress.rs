//! How far a tenant has come on the way to its first sign-in.

use soleira_core::Result;
use soleira_runtime::Ctx;
use soleira_store::tenants;

pub use soleira_store::tenants::Progress;

/// How far the tenant has come.
pub async fn of(ctx: &Ctx) -> Result<Progress> {
    ctx.require_administrator()?;
    Ok(tenants::progress(&mut ctx.read().await?.tx(), &ctx.tenant.id).await?)
}
