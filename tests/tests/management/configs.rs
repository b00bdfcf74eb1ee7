//! `/api/configs`: how long sessions last, what ID tokens carry, how clients may authenticate.

use super::{Admin, refused, refused_field, text};
use serde_json::json;
use soleira_core::model::ApplicationType;
use soleira_runtime::Ctx;
use soleira_store::{Verdict, unit};
use soleira_testkit::on_both_engines;
use soleira_tests::protocol::{claims, create_user, register, sign_in};

on_both_engines! {
    async fn sessions_last_as_long_as_the_tenant_says(server) {
        let admin = Admin::of(server).await;
        let path = "/api/configs/oidc/session";
        assert_eq!(admin.get(path).await.expect(200).json(), json!({"ttl": 1_209_600}));
        assert_eq!(admin.patch(path, json!({"ttl": 60})).await.expect(200).json(), json!({"ttl": 60}));
        assert_eq!(admin.patch(path, json!({})).await.expect(200).json(), json!({"ttl": 60}));
        for bad in [json!(0), json!(31_536_001), json!("60"), json!(1.5)] {
            refused_field(admin.patch(path, json!({"ttl": bad})).await, &json!(["ttl"]));
        }
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        sign_in(server, &visitor, &client, &user, "openid").await;
        let silent = client.request(&[("scope", "openid"), ("prompt", "none")]);
        server.clock.advance_seconds(59);
        assert!(visitor.get(&silent).await.expect(303).location().as_str().contains("code="));
        server.clock.advance_seconds(59);
        assert!(visitor.get(&silent).await.expect(303).location().as_str().contains("code="), "each use lengthens it");
        server.clock.advance_seconds(60);
        assert!(visitor.get(&silent).await.expect(303).location().as_str().contains("error=login_required"));
    }

    async fn id_tokens_carry_what_the_tenant_says(server) {
        let admin = Admin::of(server).await;
        let path = "/api/configs/id-token";
        assert_eq!(
            admin.get(path).await.expect(200).json(),
            json!({"enabledExtendedClaims": ["roles", "organizations", "organization_roles"]})
        );
        let (visitor, user) = (server.visitor(), create_user(server, "ada").await);
        let client = register(server, ApplicationType::Spa).await;
        let carried = async || {
            let tokens = sign_in(server, &visitor, &client, &user, "openid roles custom_data identities").await;
            let claims = claims(&text(&tokens, "id_token"));
            let has = |name: &str| claims.get(name).is_some();
            (has("roles"), has("custom_data"), has("identities"), has("sso_identities"))
        };
        assert_eq!(carried().await, (true, false, false, false));
        let value = json!({"enabledExtendedClaims": ["custom_data", "sso_identities"]});
        assert_eq!(admin.put(path, value.clone()).await.expect(200).json(), value);
        assert_eq!(admin.get(path).await.expect(200).json(), value);
        assert_eq!(carried().await, (false, true, false, true));
        assert_eq!(admin.put(path, json!({})).await.expect(200).json(), json!({}));
        assert_eq!(carried().await, (false, false, false, false));
        for bad in [json!(["name"]), json!("roles"), json!([1])] {
            refused(admin.put(path, json!({"enabledExtendedClaims": bad})).await, 400, "guard.invalid_input");
        }
    }

    async fn without_a_setting_of_id_tokens_there_is_none(server) {
        let admin = Admin::of(server).await;
        let ctx = server.system();
        forget_id_token_setting(&ctx).await;
        refused(admin.get("/api/configs/id-token").await, 404, "entity.not_found");
        admin.put("/api/configs/id-token", json!({"enabledExtendedClaims": []})).await.expect(200);
        admin.get("/api/configs/id-token").await.expect(200);
    }

    async fn the_audience_of_assertions_is_a_setting(server) {
        let admin = Admin::of(server).await;
        let path = "/api/configs/oidc/client-authentication";
        assert_eq!(admin.get(path).await.expect(200).json(), json!({"acceptTokenEndpointAudience": false}));
        let on = json!({"acceptTokenEndpointAudience": true});
        assert_eq!(admin.patch(path, on.clone()).await.expect(200).json(), on);
        assert_eq!(admin.patch(path, json!({})).await.expect(200).json(), on);
        refused_field(
            admin.patch(path, json!({"acceptTokenEndpointAudience": "yes"})).await,
            &json!(["acceptTokenEndpointAudience"]),
        );
    }
}

/// As in a database of an older release.
async fn forget_id_token_setting(ctx: &Ctx) {
    ctx.write_config(unit(ctx.tenant.id.clone(), |tenant, tx| {
        Box::pin(async move {
            let sql = "delete from configs where tenant_id = $1 and key = 'idToken'";
            tx.run(sql, soleira_store::bind![tenant]).await?;
            Ok(Verdict::Accept(()))
        })
    }))
    .await
    .unwrap();
}
