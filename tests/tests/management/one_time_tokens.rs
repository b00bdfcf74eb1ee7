//! One-time tokens, of which applications make links.

use super::{Admin, refused, refused_field, text};
use serde_json::{Value, json};
use soleira_testkit::on_both_engines;
use tokio::task::JoinSet;

const TOKENS: &str = "/api/one-time-tokens";
const ANA: &str = "ana@example.com";

on_both_engines! {
    async fn a_token_is_made_read_used_and_deleted(server) {
        let admin = Admin::of(server).await;
        let context = json!({"jitOrganizationIds": ["acme"], "interactionEvent": "Register"});
        let made = admin.post(TOKENS, json!({"email": ANA, "context": context, "expiresIn": 60})).await.expect(201).json();
        assert_eq!(
            made.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["tenantId", "id", "email", "token", "context", "status", "createdAt", "expiresAt"]
        );
        assert_eq!((&made["email"], &made["context"], &made["status"]), (&json!(ANA), &context, &json!("active")));
        assert_eq!((text(&made, "token").len(), text(&made, "id").len()), (32, 21));
        assert_eq!(made["expiresAt"].as_i64().unwrap() - made["createdAt"].as_i64().unwrap(), 60_000);
        let path = format!("{TOKENS}/{}", text(&made, "id"));
        assert_eq!(admin.get(&path).await.expect(200).json(), made);
        let plain = admin.post(TOKENS, json!({"email": ANA})).await.expect(201).json();
        assert_eq!(plain["context"], json!({}));
        assert_eq!(plain["expiresAt"].as_i64().unwrap() - plain["createdAt"].as_i64().unwrap(), 600_000);

        let verify = |token: &Value, email: &str| {
            let body = json!({"token": token["token"], "email": email});
            async { admin.post("/api/one-time-tokens/verify", body).await }
        };
        refused(verify(&json!({"token": "nonsense"}), ANA).await, 404, "one_time_token.token_not_found");
        refused(verify(&made, "ANA@example.com").await, 400, "one_time_token.email_mismatch");
        let used = verify(&made, ANA).await.expect(200).json();
        assert_eq!((&used["id"], &used["status"]), (&made["id"], &json!("consumed")));
        refused(verify(&made, ANA).await, 400, "one_time_token.token_consumed");

        admin.delete(&path).await.expect(204);
        refused(admin.get(&path).await, 404, "entity.not_exists_with_id");
        refused(admin.delete(&path).await, 404, "entity.not_found");
        refused(admin.put(&format!("{path}/status"), json!({"status": "revoked"})).await, 404, "entity.not_exists");
        refused(verify(&made, ANA).await, 404, "one_time_token.token_not_found");
    }

    async fn a_token_is_withdrawn_and_none_comes_back(server) {
        let admin = Admin::of(server).await;
        let made = admin.post(TOKENS, json!({"email": ANA})).await.expect(201).json();
        let path = format!("{TOKENS}/{}/status", text(&made, "id"));
        refused(admin.put(&path, json!({"status": "active"})).await, 400, "one_time_token.cannot_reactivate_token");
        let verify = json!({"token": made["token"], "email": ANA});
        for (status, refusal) in [
            ("revoked", "one_time_token.token_revoked"), ("expired", "one_time_token.token_expired"),
            ("consumed", "one_time_token.token_consumed"),
        ] {
            assert_eq!(admin.put(&path, json!({"status": status})).await.expect(200).json()["status"], status);
            refused(admin.post("/api/one-time-tokens/verify", verify.clone()).await, 400, refusal);
        }
        refused(admin.put(&path, json!({"status": "active"})).await, 400, "one_time_token.cannot_reactivate_token");
        refused_field(admin.put(&path, json!({"status": "lost"})).await, &json!(["status"]));
    }

    async fn tokens_are_listed_newest_first(server) {
        let admin = Admin::of(server).await;
        let mut made = Vec::new();
        for (email, seconds) in [(ANA, 10), (ANA, 1_000), ("bia@example.com", 1_000)] {
            made.push(text(&admin.post(TOKENS, json!({"email": email, "expiresIn": seconds})).await.expect(201).json(), "id"));
            server.clock.advance_seconds(1);
        }
        server.clock.advance_seconds(20);
        let listed = async |query: &str| {
            let page = admin.get(&format!("{TOKENS}{query}")).await.expect(200);
            let total = page.header("total-number").map(str::to_owned);
            let ids: Vec<String> = page.json().as_array().unwrap().iter().map(|row| text(row, "id")).collect();
            (total, ids)
        };
        let [first, second, third] = [0, 1, 2].map(|index: usize| made[index].clone());
        assert_eq!(listed("").await, (None, vec![third.clone(), second.clone(), first.clone()]));
        assert_eq!(listed(&format!("?email={ANA}")).await.1, [second.clone(), first.clone()]);
        assert_eq!(listed("?status=expired").await.1, std::slice::from_ref(&first));
        assert_eq!(admin.get(&format!("{TOKENS}/{first}")).await.json()["status"], "expired", "once its time is over");
        assert_eq!(listed("?status=active").await.1, [third.clone(), second]);
        assert_eq!(listed("?status=revoked").await.1, Vec::<String>::new());
        // The number is that of all tokens, as clients of the wire know it.
        assert_eq!(listed("?email=bia@example.com&page=1&page_size=1").await, (Some("3".to_owned()), vec![third]));
        refused_field(admin.get(&format!("{TOKENS}?status=lost")).await, &json!(["status"]));
        refused_field(admin.get(&format!("{TOKENS}?email=nonsense")).await, &json!(["email"]));
    }

    async fn what_makes_no_token_is_said(server) {
        let admin = Admin::of(server).await;
        for (body, path) in [
            (json!({}), json!(["email"])),
            (json!({"email": "nonsense"}), json!(["email"])),
            (json!({"email": format!("{}@example.com", "a".repeat(128))}), json!(["email"])),
            (json!({"email": ANA, "expiresIn": 0}), json!(["expiresIn"])),
            (json!({"email": ANA, "expiresIn": 31_536_001}), json!(["expiresIn"])),
            (json!({"email": ANA, "context": {"interactionEvent": "Dance"}}), json!(["context", "interactionEvent"])),
            (json!({"email": ANA, "context": {"jitOrganizationIds": "acme"}}), json!(["context", "jitOrganizationIds"])),
            (json!({"email": ANA, "context": {"jitOrganizationIds": [""]}}), json!(["context", "jitOrganizationIds", 0])),
        ] {
            refused_field(admin.post(TOKENS, body).await, &path);
        }
        assert_eq!(admin.get(TOKENS).await.expect(200).json(), json!([]));
    }

    async fn of_a_hundred_verifications_of_a_token_one_succeeds(server) {
        let admin = Admin::of(server).await;
        let made = admin.post(TOKENS, json!({"email": ANA})).await.expect(201).json();
        let mut requests = JoinSet::new();
        for _ in 0..100 {
            let (visitor, bearer) = (admin.visitor.clone(), admin.token.clone());
            let body = json!({"token": made["token"], "email": ANA});
            requests.spawn(async move {
                visitor.send_json(http::Method::POST, "/api/one-time-tokens/verify", Some(&bearer), &body).await
            });
        }
        let answers = requests.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
        for answer in answers.into_iter().filter(|answer| answer.status() != 200) {
            refused(answer, 400, "one_time_token.token_consumed");
        }
    }

    async fn a_token_is_sealed_where_it_is_kept(server) {
        let admin = Admin::of(server).await;
        let made = admin.post(TOKENS, json!({"email": ANA})).await.expect(201).json();
        let ctx = server.system();
        let mut reader = ctx.read().await.unwrap();
        let row = soleira_store::one_time_tokens::find(&mut reader.tx(), &ctx.tenant.id, &text(&made, "id")).await;
        let row = format!("{:?}", row.unwrap().unwrap());
        let value = text(&made, "token");
        let bytes = format!("{:?}", value.as_bytes());
        assert!(!row.contains(&value) && !row.contains(bytes.trim_matches(['[', ']'])), "neither in clear nor as bytes");
    }
}
