//! Published client libraries as they come from their registries, against the program as it runs. Each is used the way
//! its own documentation says: `tests/node`, `tests/python` and `tests/go` hold the applications, and what a test tells
//! them to do is [`story`]. docs/openid.md lists the libraries.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail at once, saying what was expected"
)]

/// Declares tests beside a running server, on SQLite and on PostgreSQL.
macro_rules! against_a_running_server {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a body may need nothing from around it")]
            use super::*;

            async fn body($world: &crate::world::World) $body

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::world::run(soleira_testkit::Engine::Sqlite, async |world| body(world).await).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                crate::world::run(soleira_testkit::Engine::Postgres, async |world| body(world).await).await;
            }
        }
    )* };
}

mod authlib;
mod go_oidc;
mod logto_express;
mod logto_node;
mod logto_python;
mod mcp;
mod next_auth;
mod oauth4webapi;
mod openid_client;
mod openidconnect;
mod story;
mod world;
