//! Subject tokens: with one an application acts for a person, once, after the tenant's own program decided that it may
//! (docs/openid.md, "Token exchange").

use serde_json::{Map, Value};
use soleira_core::{Code, EntropyExt, Error, Result, Secret, Timestamp, UserId};
use soleira_crypto::token_hash;
use soleira_runtime::{Actor, Ctx};
use soleira_store::subject_tokens::{self, NewSubjectToken};
use soleira_store::{Error as StoreError, Verdict, unit};

/// How long a subject token lives, in seconds.
pub const LIFETIME: i64 = 600;

/// Makes a token that stands for a user. `context` is what scripts for claims may read.
///
/// # Errors
/// 404 `entity.relation_foreign_key_not_found` for an unknown user.
pub async fn create(ctx: &Ctx, user: &UserId, context: Map<String, Value>) -> Result<Secret> {
    ctx.require_administrator()?;
    let value = format!("sub_{}", ctx.entropy().standard_id());
    let creator = match &ctx.actor {
        Actor::ManagementApplication(id) => id.0.clone(),
        Actor::ManagementUser(id) | Actor::Operator(id) => id.0.clone(),
        other => other.name(),
    };
    ctx.write(unit(
        (
            ctx.tenant.id.clone(),
            token_hash(&value),
            user.clone(),
            Value::Object(context),
            creator,
            ctx.now(),
        ),
        |(tenant, hash, user, context, creator, now): &(_, _, _, _, String, Timestamp), tx| {
            Box::pin(async move {
                let token = NewSubjectToken {
                    user_id: user,
                    context,
                    creator_id: creator,
                    created_at: *now,
                    expires_at: now.plus_seconds(LIFETIME),
                };
                let inserted = subject_tokens::insert(tx, tenant, hash, &token).await;
                inserted.map_err(unknown_user)?;
                Ok(Verdict::Accept(()))
            })
        },
    ))
    .await?;
    Ok(Secret::new(value))
}

fn unknown_user(error: StoreError) -> StoreError {
    match error {
        StoreError::ForeignKey(_) => Error::new(Code::EntityRelationForeignKeyNotFound).into(),
        other => other,
    }
}
