//! The settings under which people sign in.

use soleira_core::Result;
use soleira_core::model::{SignInExperience, SignInMode};
use soleira_directory::sign_in_experience;
use soleira_runtime::Ctx;
use std::sync::Arc;

/// The tenant's sign-in experience, as the sign-in pages offer it.
///
/// The administrators' tenant is in mode `Register` until it has its first administrator (docs/wire/seeds.md). The welcome
/// page makes that one, and asks for the code that the server printed; nobody comes in past it.
pub async fn settings(ctx: &Ctx) -> Result<Arc<SignInExperience>> {
    let experience = sign_in_experience::get(ctx).await?;
    if !ctx.tenant.is_admin() || experience.sign_in_mode != SignInMode::Register {
        return Ok(experience);
    }
    let mut closed = SignInExperience::clone(&experience);
    closed.sign_in_mode = SignInMode::SignIn;
    Ok(Arc::new(closed))
}
