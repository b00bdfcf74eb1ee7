//! The database: one module per aggregate, each query written once for SQLite and PostgreSQL.
//! The only crate that runs SQL.
//!
//! A function of an aggregate takes `&mut Tx`, whether it is called for a read ([`Db::read`]) or inside a write
//! unit ([`Db::write`]). Use cases never begin or commit.

pub mod db;
pub mod dialect;
pub mod migrate;

pub use db::{Db, Engine, Error, Reader, Result, Tx, Unit, Value, Verdict, unit};
