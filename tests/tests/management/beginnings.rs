//! What a new installation begins with, and its first administrator.

use super::{Admin, refused};
use serde_json::json;
use soleira_core::model::{RoleType, SignInMode};
use soleira_core::{Code, ConnectorId, Secret, UserId};
use soleira_directory::connectors::{self, NewConnector};
use soleira_directory::{Page, operators, roles, sign_in_experience, tenants, users};
use soleira_runtime::{Actor, Ctx};
use soleira_store::signing_keys::{self, Purpose};
use soleira_store::{changes, organizations, resources};
use soleira_testkit::{TestServer, on_both_engines};
use std::sync::Arc;
use tokio::task::JoinSet;

fn admin_tenant(server: &TestServer) -> Ctx {
    Ctx::system(Arc::clone(&server.app), Arc::clone(server.admin_tenant()))
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

async fn claim(ctx: &Ctx, name: &str) -> soleira_core::Result<UserId> {
    let nobody = ctx.by(Actor::Anonymous);
    operators::claim_first(&nobody, name, secret("rain on a tin roof"))
        .await
        .map(|user| user.id)
}

on_both_engines! {
    async fn a_new_installation_has_two_tenants(server) {
        let (default, admin) = (server.system(), admin_tenant(server));
        for ctx in [&default, &admin] {
            let mut reader = ctx.read().await.unwrap();
            let mut tx = reader.tx();
            assert_eq!(signing_keys::all(&mut tx, &ctx.tenant.id, Purpose::Oidc).await.unwrap()[0].algorithm, "ES384");
            assert_eq!(signing_keys::all(&mut tx, &ctx.tenant.id, Purpose::Cookie).await.unwrap().len(), 1);
            for tenant in ["default", "admin"] {
                let indicator = format!("https://{tenant}.logto.app/api");
                let found = resources::find_by_indicator(&mut tx, &ctx.tenant.id, &indicator).await.unwrap();
                assert_eq!(found.is_some(), ctx.tenant.is_admin() || tenant == "default", "{indicator}");
            }
        }
        assert_eq!(sign_in_experience::get(&default).await.unwrap().sign_in_mode, SignInMode::SignInAndRegister);
        assert_eq!(sign_in_experience::get(&admin).await.unwrap().sign_in_mode, SignInMode::Register);
        let page = Page { limit: 100, offset: 0 };
        let listed = roles::list(&admin, roles::Filter::default(), Some(page)).await.unwrap().rows;
        let mut people: Vec<&str> = listed.iter().filter(|role| role.kind == RoleType::User).map(|role| role.name.as_str()).collect();
        people.sort_unstable();
        assert_eq!(people, ["default:admin", "user"]);
    }

    async fn starting_again_changes_nothing(server) {
        let ctx = server.system();
        let page = Page { limit: 100, offset: 0 };
        let before = roles::list(&ctx, roles::Filter::default(), Some(page)).await.unwrap();
        let mut starts = JoinSet::new();
        for _ in 0..3 {
            let app = Arc::clone(&server.app);
            starts.spawn(async move { tenants::seed(&app).await });
        }
        assert!(starts.join_all().await.iter().all(Result::is_ok));
        assert_eq!(roles::list(&ctx, roles::Filter::default(), Some(page)).await.unwrap(), before);
        let keys = signing_keys::all(&mut ctx.read().await.unwrap().tx(), &ctx.tenant.id, Purpose::Oidc).await.unwrap();
        assert_eq!(keys.len(), 1);
    }

    async fn of_many_claims_one_makes_the_first_administrator(server) {
        let ctx = admin_tenant(server);
        assert!(!operators::exists(&ctx).await.unwrap());
        let mut claims = JoinSet::new();
        for number in 0..8 {
            let ctx = ctx.clone();
            claims.spawn(async move { claim(&ctx, &format!("admin{number}")).await });
        }
        let outcomes = claims.join_all().await;
        let winners: Vec<&UserId> = outcomes.iter().flatten().collect();
        let [winner] = winners[..] else { panic!("{outcomes:?}") };
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| error.code() == Code::AuthForbidden));

        assert!(operators::is_operator(&ctx, winner).await.unwrap());
        assert!(operators::exists(&server.system()).await.unwrap(), "whichever tenant is asked");
        assert_eq!(users::list(&ctx, users::Filter::default(), None).await.unwrap().rows.len(), 1);
        assert_eq!(sign_in_experience::get(&ctx).await.unwrap().sign_in_mode, SignInMode::SignIn);
        let mut reader = ctx.read().await.unwrap();
        let held = organizations::roles_of_user(&mut reader.tx(), &ctx.tenant.id, winner).await.unwrap();
        assert_eq!(held, [("t-default".into(), "admin".to_owned())]);

        users::set_suspension(&ctx, winner, true).await.unwrap();
        assert!(!operators::is_operator(&ctx, winner).await.unwrap());
        assert_eq!(claim(&ctx, "second").await.unwrap_err().code(), Code::AuthForbidden, "once is once");
        let reset = operators::reset_password(&ctx, &users::get(&ctx, winner).await.unwrap().user.username.unwrap(), secret("new one")).await;
        assert!(!reset.unwrap().is_suspended);
        assert!(operators::is_operator(&ctx, winner).await.unwrap());
        users::verify_password(&ctx, winner, secret("new one")).await.unwrap();
    }

    async fn the_first_administrator_keeps_to_the_policies(server) {
        let ctx = admin_tenant(server);
        assert_eq!(claim(&ctx, "1st").await.unwrap_err().code(), Code::UserUsernameStartsWithNumber);
        let weak = operators::claim_first(&ctx, "root", secret("password")).await.unwrap_err();
        assert_eq!((weak.code(), weak.status()), (Code::PasswordRejected, 422));
        assert_eq!(claim(&server.system(), "root").await.unwrap_err().code(), Code::AuthForbidden, "only in their own tenant");
        claim(&ctx, "root").await.unwrap();
    }

    async fn whoever_may_not_administer_is_refused(server) {
        let nobody = server.system().by(Actor::Anonymous);
        let user = server.system().by(Actor::User("ana".into()));
        for ctx in [nobody, user] {
            let denied = [
                users::list(&ctx, users::Filter::default(), None).await.map(drop),
                users::create(&ctx, users::CreateUser::default()).await.map(drop),
                users::delete(&ctx, &"ana".into()).await,
                connectors::list(&ctx, None).await.map(drop),
                sign_in_experience::patch(&ctx, sign_in_experience::SignInExperiencePatch::default()).await.map(drop),
                roles::add_to_user(&ctx, &"ana".into(), Vec::new()).await.map(drop),
            ];
            for refusal in denied {
                assert_eq!(refusal.unwrap_err().code(), Code::AuthForbidden);
            }
        }
    }

    async fn nobody_deletes_themselves(server) {
        let ctx = admin_tenant(server);
        let id = claim(&ctx, "root").await.unwrap();
        let own = ctx.by(Actor::Operator(id.clone()));
        assert_eq!(users::delete(&own, &id).await.unwrap_err().code(), Code::UserCannotDeleteSelf);
    }

    async fn changes_are_written_down_without_secrets(server) {
        let admin = Admin::of(server).await;
        let ctx = server.system();
        let config = json!({"clientId": "a", "clientSecret": "very secret"}).as_object().unwrap().clone();
        let mut new = NewConnector::new("huggingface-universal", config);
        new.id = Some(ConnectorId::from("hf"));
        connectors::create(&ctx, new).await.unwrap();
        let user = admin.user(json!({"username": "ana", "password": "very secret"})).await;
        admin.patch(&format!("/api/users/{user}"), json!({"name": "Ana"})).await.expect(200);
        let mut reader = ctx.read().await.unwrap();
        let mut tx = reader.tx();
        assert_eq!(changes::count(&mut tx, &ctx.tenant.id, "user", &user).await.unwrap(), 2);
        assert_eq!(changes::count(&mut tx, &ctx.tenant.id, "connector", "hf").await.unwrap(), 1);
        let written = changes::texts(&mut tx, &ctx.tenant.id).await.unwrap();
        assert!(written.iter().any(|text| text.contains("\"name\":\"Ana\"")));
        assert!(written.iter().all(|text| !text.contains("very secret") && !text.contains("argon2")), "{written:?}");
        drop(reader);
        admin.delete(&format!("/api/users/{user}")).await.expect(204);
        let mut reader = ctx.read().await.unwrap();
        let written = changes::texts(&mut reader.tx(), &ctx.tenant.id).await.unwrap();
        let remembers = |text: &String| text.contains("\"ana\"") || text.contains("\"Ana\"");
        assert!(!written.iter().any(remembers), "who leaves is forgotten");
        refused(admin.get(&format!("/api/users/{user}")).await, 404, "entity.not_found");
    }
}
