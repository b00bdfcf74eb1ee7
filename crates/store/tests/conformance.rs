//! What both engines must do alike. PostgreSQL runs when `SOLEIRA_TEST_POSTGRES` names a server where databases can
//! be created; `cargo xtask test` always sets it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail at once, find their server by the environment and make their crowds"
)]

use soleira_core::{Code, Error as CoreError, Secret, TenantId, Timestamp};
use soleira_store::{Db, Error, Unit, Verdict, bind, configs, db::PostgresOptions, tenants, unit};
use std::sync::atomic::{AtomicU32, Ordering};

static DATABASES: AtomicU32 = AtomicU32::new(0);

async fn sqlite() -> (Db, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open_sqlite(&folder.path().join("soleira.db")).await.unwrap();
    (db, folder)
}

async fn postgres() -> Option<Db> {
    let Ok(server) = std::env::var("SOLEIRA_TEST_POSTGRES") else {
        eprintln!("SOLEIRA_TEST_POSTGRES is not set: PostgreSQL is left out");
        return None;
    };
    let name = format!(
        "store_{}_{}",
        std::process::id(),
        DATABASES.fetch_add(1, Ordering::Relaxed)
    );
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::task::spawn(connection);
    client.batch_execute(&format!("create database {name}")).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let (base, query) = server
        .split_once('?')
        .map_or((server.as_str(), String::new()), |(b, q)| (b, format!("?{q}")));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    let url = format!("{base}/{name}{query}");
    Some(
        Db::open_postgres(&PostgresOptions::new(Secret::new(url)))
            .await
            .unwrap(),
    )
}

/// Runs a test's body on each engine.
macro_rules! on_both_engines {
    ($(async fn $name:ident($db:ident) $body:block)*) => { $(
        mod $name {
            use super::*;

            async fn body($db: &Db) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let (db, _folder) = super::sqlite().await;
                body(&db).await;
                db.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(db) = super::postgres().await {
                    body(&db).await;
                    db.close().await;
                }
            }
        }
    )* };
}

fn tenant() -> TenantId {
    "t".into()
}

async fn create_tenant(db: &Db) {
    let made = db
        .write(unit((), |(), tx| {
            Box::pin(async move {
                Ok(Verdict::Accept(
                    tenants::insert(tx, &tenant(), "T", Timestamp(1)).await?,
                ))
            })
        }))
        .await
        .unwrap();
    assert!(matches!(made, Verdict::Accept(true)));
}

/// Takes the one ticket that there is.
struct TakeTicket;

impl Unit for TakeTicket {
    type Out = ();
    async fn run(&self, tx: &mut soleira_store::Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        let taken = tx
            .one::<String>(
                "update tenants set name = 'taken' where id = $1 and name = 'T' returning id",
                bind![&tenant()],
            )
            .await?;
        // Both ways leave a trace.
        tx.run(
            "update tenants set created_at = created_at + 1 where id = $1",
            bind![&tenant()],
        )
        .await?;
        Ok(match taken {
            Some(_) => Verdict::Accept(()),
            None => Verdict::Refuse(CoreError::new(Code::SessionInvalidCredentials)),
        })
    }
}

on_both_engines! {
    async fn a_hundred_parallel_takers_have_one_winner_and_refusals_commit(db) {
        create_tenant(db).await;
        let takers: Vec<_> = (0..100).map(|_| { let db = db.clone(); tokio::task::spawn(async move { db.write(TakeTicket).await }) }).collect();
        let mut winners = 0;
        for taker in takers {
            if matches!(taker.await.unwrap().unwrap(), Verdict::Accept(())) {
                winners += 1;
            }
        }
        assert_eq!(winners, 1);
        let traces: Option<i64> = db.read().await.unwrap().tx()
            .one("select created_at from tenants where id = $1", bind![&tenant()]).await.unwrap();
        assert_eq!(traces, Some(101), "a refusal's writes stay");
    }

    async fn an_error_rolls_its_unit_back_and_no_other(db) {
        create_tenant(db).await;
        let failed = db.write(unit((), |(), tx| Box::pin(async move {
            tx.run("update tenants set name = 'lost' where id = $1", bind![&tenant()]).await?;
            Err::<Verdict<()>, _>(Error::Domain(CoreError::new(Code::EntityNotFound)))
        })));
        let kept = db.write(unit((), |(), tx| Box::pin(async move {
            tx.run("update tenants set created_at = 7 where id = $1", bind![&tenant()]).await?;
            Ok(Verdict::Accept(()))
        })));
        let (failed, kept) = tokio::join!(failed, kept);
        assert!(matches!(failed, Err(Error::Domain(e)) if e.code() == Code::EntityNotFound));
        kept.unwrap();
        let row: Option<(String, i64)> = db.read().await.unwrap().tx()
            .one("select name, created_at from tenants where id = $1", bind![&tenant()]).await.unwrap();
        assert_eq!(row, Some(("T".to_owned(), 7)));
    }

    async fn a_panicking_unit_harms_nobody_else(db) {
        create_tenant(db).await;
        let panicked = db.write(unit(true, |fails, _| Box::pin(async move {
            assert!(!fails, "on purpose");
            Ok(Verdict::Accept(()))
        }))).await;
        assert!(panicked.is_err());
        assert!(matches!(db.write(TakeTicket).await.unwrap(), Verdict::Accept(())));
    }

    async fn constraints_have_the_names_of_the_schema(db) {
        create_tenant(db).await;
        let insert = |id: &'static str, key: Option<&'static str>| {
            let db = db.clone();
            async move {
                db.write(unit((id, key), |(id, key), tx| Box::pin(async move {
                    tx.run(
                        "insert into users (tenant_id, id, username_key, profile, custom_data, is_password_expired, is_suspended, created_at, updated_at, version) \
                         values ($1, $2, $3, '{}', '{}', $4, $4, 1, 1, 1)",
                        bind![&tenant(), *id, *key, false],
                    ).await?;
                    Ok(Verdict::Accept(()))
                }))).await
            }
        };
        insert("a", Some("ana")).await.unwrap();
        insert("b", None).await.unwrap();
        insert("c", None).await.unwrap();
        assert!(insert("d", Some("ana")).await.unwrap_err().is_unique("users__username_key"));
        assert!(insert("a", Some("eva")).await.unwrap_err().is_unique("users_pkey"));
        let orphan = db.write(unit((), |(), tx| Box::pin(async move {
            tx.run("insert into users_roles (tenant_id, user_id, role_id) values ($1, 'a', 'none')", bind![&tenant()]).await?;
            Ok(Verdict::Accept(()))
        })));
        assert!(matches!(orphan.await, Err(Error::ForeignKey(_))));
    }

    async fn values_go_to_the_placeholders_of_their_number(db) {
        create_tenant(db).await;
        let mut reader = db.read().await.unwrap();
        let found: Option<i64> = reader
            .tx()
            .one(
                "select created_at + $3 - $2 from tenants where id = $1 and created_at < $3 and created_at < $2",
                bind![&tenant(), 5_i64, 1_000_000_i64],
            )
            .await
            .unwrap();
        assert_eq!(found, Some(999_996));
    }

    async fn lists_read_in_order_and_text_compares_by_code_point(db) {
        create_tenant(db).await;
        for key in ["b", "a", "B", "é"] {
            db.write(unit(key, |key, tx| Box::pin(async move {
                tx.run("insert into configs (tenant_id, key, value, updated_at) values ($1, $2, '1', 1)", bind![&tenant(), *key]).await?;
                Ok(Verdict::Accept(()))
            }))).await.unwrap();
        }
        let keys: Vec<String> = db.list((), |(), tx| Box::pin(async move {
            tx.all("select key from configs where tenant_id = $1 order by key limit $2", bind![&tenant(), 10_i64]).await
        })).await.unwrap();
        assert_eq!(keys, ["B", "a", "b", "é"]);
        let missing = configs::find(&mut db.read().await.unwrap().tx(), &tenant(), "none").await.unwrap();
        assert!(missing.is_none());
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let (db, folder) = sqlite().await;
    let second = Db::open_sqlite(&folder.path().join("soleira.db")).await;
    assert!(matches!(second, Err(Error::InUse(_))));
    db.close().await;
    drop(db);
    Db::open_sqlite(&folder.path().join("soleira.db")).await.unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let (db, folder) = sqlite().await;
    db.write(unit((), |(), tx| {
        Box::pin(async move {
            tx.run("update schema_info set version = 9999", &[]).await?;
            Ok(Verdict::Accept(()))
        })
    }))
    .await
    .unwrap();
    db.close().await;
    drop(db);
    let newer = Db::open_sqlite(&folder.path().join("soleira.db")).await;
    assert!(matches!(newer, Err(Error::TooNew { found: 9999, .. })));
}
