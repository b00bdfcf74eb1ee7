//! Whoever names an address makes the server ask there. What it asks, what it takes for an answer and what it tells of it
//! is little.

use super::arrange::*;
use super::documents::{Published, accept};
use serde_json::json;
use soleira_core::model::ApplicationType;
use soleira_testkit::{Answer, DocumentSite, Page, TestServer, on_both_engines};
use soleira_tests::protocol::{Client, register};

const FETCH_FAILED: &str = "client metadata document could not be fetched";

async fn ask_as(server: &TestServer, client_id: &str) -> Page {
    let client = Client {
        id: client_id.to_owned(),
        secret: None,
    };
    server.visitor().get(&client.request(&[("scope", "openid")])).await
}

/// A refusal because of the document.
#[track_caller]
fn unfetched(page: Page) {
    let refusal = page.expect(400).json();
    assert_eq!(
        (&refusal["error"], &refusal["error_description"]),
        (&json!("invalid_client_metadata"), &json!(FETCH_FAILED)),
    );
}

on_both_engines! {
    async fn private_addresses_are_not_asked(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        // Of the private addresses these servers may reach 127.0.0.0/8, and no other.
        for address in [
            "https://10.0.0.1/client.json",
            "https://192.168.1.1/client.json",
            "https://172.16.0.1:8443/client.json",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/client.json",
            "https://[::ffff:10.0.0.1]/client.json",
            "https://[64:ff9b::7f00:1]/client.json",
            "https://0.0.0.0/client.json",
            "https://0xa000001/client.json",
            "https://167772161/client.json",
        ] {
            unfetched(ask_as(server, address).await);
        }
    }

    async fn what_is_no_address_of_a_document_is_nobody(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let site = DocumentSite::start().await;
        let host = site.url("");
        for id in [
            host.clone(),
            host.replace("https://", "http://") + "/client.json",
            host.replace("https://", "https://user@") + "/client.json",
            host.replace("https://", "https://user:password@") + "/client.json",
            format!("{host}/a/../client.json"),
            format!("{host}/%2e%2e/client.json"),
            format!("{host}/client.json#fragment"),
            format!("{host}/{}", "a".repeat(2048)),
            format!("{host}/client*.json"),
        ] {
            let refusal = ask_as(server, &id).await.expect(400).json();
            assert_eq!(refusal["error"], "invalid_client", "{id}");
        }
        assert_eq!(site.asked(), []);
    }

    async fn redirects_are_not_followed(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let elsewhere = Published::with(json!({})).await;
        let site = DocumentSite::start().await;
        for status in [301, 302, 303, 307, 308] {
            let path = format!("/{status}");
            site.publish(&path, Answer::status(status, &[("location", &elsewhere.client.id)], ""));
            unfetched(ask_as(server, &site.url(&path)).await);
        }
        assert_eq!(elsewhere.fetches(), 0);
    }

    async fn only_a_200_counts(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({})).await;
        let body = published.document(json!({})).to_string();
        let site = DocumentSite::start().await;
        for status in [201, 203, 206, 400, 404, 500] {
            let path = format!("/{status}");
            site.publish(&path, Answer::status(status, &[], body.clone()));
            unfetched(ask_as(server, &site.url(&path)).await);
        }
    }

    async fn an_oversized_answer_is_cut_off(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({ "padding": "a".repeat(64 * 1024) })).await;
        unfetched(ask_as(server, &published.client.id).await);
        let site = DocumentSite::start().await;
        // Without its length, too.
        site.publish("/endless", Answer::status(200, &[("content-length", "99999999999")], "a".repeat(100 * 1024)));
        unfetched(ask_as(server, &site.url("/endless")).await);
    }

    async fn a_slow_answer_is_given_up(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let site = DocumentSite::start().await;
        site.publish("/slow", Answer::Silence);
        unfetched(ask_as(server, &site.url("/slow")).await);
    }

    async fn a_host_that_nobody_vouches_for_is_not_believed(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        // The certificate is for `localhost` and 127.0.0.1.
        let site = DocumentSite::start().await;
        site.publish("/client.json", Answer::status(200, &[], "{}"));
        unfetched(ask_as(server, &site.url("/client.json").replace("localhost", "127.0.0.2")).await);
        assert_eq!(site.asked(), []);
    }

    async fn an_unusable_document_says_what_is_wrong(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({})).await;
        let path = "/oauth/client.json";
        // What is wrong is told again for a moment without another fetch.
        let later = || server.clock.advance_seconds(6);
        for (changes, what) in [
            (json!({ "client_id": "https://other.example/" }), "client_id must be the address of the client metadata document"),
            (json!({ "client_secret": "x" }), "client_secret must not be in a client metadata document"),
            (json!({ "token_endpoint_auth_method": "client_secret_basic" }), "token_endpoint_auth_method must not need a shared secret"),
            (json!({ "logo_uri": "http://client.example/logo.png" }), "logo_uri must be an https address"),
            (json!({ "alwaysIssueRefreshToken": true }), "alwaysIssueRefreshToken is not for a client metadata document to say"),
            (json!({ "id_token_signed_response_alg": "RS256" }), "id_token_signed_response_alg must be 'ES384'"),
        ] {
            published.site.publish(path, Answer::json(&published.document(changes)));
            later();
            let refusal = ask_as(server, &published.client.id).await.expect(400).json();
            assert_eq!((&refusal["error"], &refusal["error_description"]), (&json!("invalid_client_metadata"), &json!(what)));
        }
        for (changes, what) in [
            (json!({ "redirect_uris": [] }), "redirect_uris must contain members"),
            (json!({ "redirect_uris": ["https://client.example/?a=*"] }), "redirect_uris: may contain * only in the host and path of an http or https address"),
        ] {
            published.site.publish(path, Answer::json(&published.document(changes)));
            later();
            let refusal = ask_as(server, &published.client.id).await.expect(400).json();
            assert_eq!((&refusal["error"], &refusal["error_description"]), (&json!("invalid_redirect_uri"), &json!(what)));
        }
        for body in ["", "nonsense", "[]", "<!doctype html>"] {
            published.site.publish(path, Answer::status(200, &[], body));
            later();
            let refusal = ask_as(server, &published.client.id).await.expect(400).json();
            assert_eq!(refusal["error_description"], "the client metadata document must be a JSON object");
        }
        published.site.publish(path, Answer::json(&published.document(json!({}))));
        later();
        ask_as(server, &published.client.id).await.expect(303);
    }

    async fn a_failed_address_is_left_alone_for_a_moment(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({})).await;
        published.site.publish("/oauth/client.json", Answer::status(500, &[], ""));
        for _ in 0..5 {
            unfetched(ask_as(server, &published.client.id).await);
        }
        assert_eq!(published.fetches(), 1);
        published.site.publish("/oauth/client.json", Answer::json(&published.document(json!({}))));
        server.clock.advance_seconds(6);
        ask_as(server, &published.client.id).await.expect(303);
    }

    async fn a_document_that_cannot_be_read_is_left_alone_for_a_moment(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let published = Published::with(json!({ "client_secret": "x" })).await;
        for _ in 0..5 {
            let refusal = ask_as(server, &published.client.id).await.expect(400).json();
            assert_eq!(refusal["error_description"], "client_secret must not be in a client metadata document");
        }
        assert_eq!(published.fetches(), 1);
        published.site.publish("/oauth/client.json", Answer::json(&published.document(json!({}))));
        ask_as(server, &published.client.id).await.expect(400);
        server.clock.advance_seconds(6);
        ask_as(server, &published.client.id).await.expect(303);
        assert_eq!(published.fetches(), 2);
    }

    async fn strangers_make_no_document_in_use_forgotten(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let user = ana(server).await;
        let published = Published::with(json!({})).await;
        let keeps = [("cache-control", "max-age=86400")];
        let document = published.document(json!({})).to_string();
        published.site.publish("/oauth/client.json", Answer::status(200, &keeps, document));
        let visitor = server.visitor();
        let request = published.client.request(&[("scope", "openid offline_access"), ("prompt", "consent")]);
        let question = arrive(server, &visitor, &published.client, &user, &request).await.expect(200);
        published.client.redeem(&visitor, &allow(&question).await).await.expect(200);
        assert_eq!(published.fetches(), 1);

        // Documents of strangers, good and bad, of which there are more than are remembered.
        let site = DocumentSite::start().await;
        for number in 0..150 {
            let path = format!("/{number}");
            let mut own = published.document(json!({ "client_id": site.url(&path) }));
            if number % 2 == 0 {
                own["client_secret"] = json!("x");
            }
            site.publish(&path, Answer::status(200, &keeps, own.to_string()));
            ask_as(server, &site.url(&path)).await.expect(if number % 2 == 0 { 400 } else { 303 });
        }
        ask_as(server, &published.client.id).await.expect(303);
        assert_eq!(published.fetches(), 1, "it is remembered");
    }

    async fn one_stranger_makes_the_server_ask_so_often_only(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let site = DocumentSite::start().await;
        let visitor = server.visitor();
        visitor.comes_from("203.0.113.7".parse().unwrap());
        let mut statuses = Vec::new();
        for number in 0..70 {
            let client = Client { id: site.url(&format!("/{number}")), secret: None };
            statuses.push(visitor.get(&client.request(&[("scope", "openid")])).await.status());
        }
        assert_eq!((statuses[59], statuses[60], site.asked().len()), (400, 429, 60));
        // Everybody else goes on.
        unfetched(ask_as(server, &site.url("/other")).await);
    }

    async fn clients_of_ones_own_need_no_document(server) {
        let admin = Admin::of(server).await;
        accept(&admin).await;
        let own = register(server, ApplicationType::Spa).await;
        ask_as(server, &own.id).await.expect(303);
    }
}
