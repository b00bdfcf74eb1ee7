//! What happens at the same moment: consent, requests, signing out, and people who are deleted.

use super::arrange::*;
use soleira_core::Secret;
use soleira_directory::users as user_cases;
use soleira_testkit::{Page, TestServer, Visitor, on_both_engines};
use soleira_tests::protocol::{Client, parameter};
use tokio::task::JoinSet;

/// A password that the policy accepts.
const PASSWORD: &str = "limestone and azulejo";

/// Signs ana in by her password, which is kept with the session at her first consent.
async fn arrive_by_password(visitor: &Visitor, client: &Client) -> Page {
    let page = visitor.get(&client.request(&[("scope", "openid")])).await;
    let page = page.follow_all().await.expect(200);
    let form = page
        .form("Sign in")
        .fill("identifier", "ana")
        .fill("password", PASSWORD);
    form.submit().await.expect(303).follow_all().await.expect(200)
}

/// Everybody gets an answer that says something: a code, the next page, or a refusal.
fn settled(page: &Page) {
    if page.status() == 400 {
        // Somebody else changed the interaction, or the session is gone.
        return;
    }
    assert!([302, 303].contains(&page.status()), "{page:?}");
    let answer = page.location();
    let error = parameter(&answer, "error");
    assert!(
        error
            .as_deref()
            .is_none_or(|error| ["login_required", "consent_required", "invalid_grant"].contains(&error)),
        "{answer}"
    );
}

async fn clients(server: &TestServer) -> Vec<Client> {
    let admin = Admin::of(server).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(admin.third_party().await);
    }
    clients
}

on_both_engines! {
    async fn consent_beside_a_sign_out_is_answered(server) {
        let (clients, user) = (clients(server).await, ana(server).await);
        user_cases::set_password(&server.system(), &user, Secret::new(PASSWORD)).await.unwrap();
        for _ in 0..20 {
            let visitor = server.visitor();
            let mut questions = vec![arrive_by_password(&visitor, &clients[0]).await];
            for client in &clients[1..] {
                questions.push(visitor.get(&client.request(&[("scope", "openid")])).await.follow_all().await.expect(200));
            }
            let leave = visitor.get("/oidc/session/end").await.expect(200).form_at("form");
            let mut requests = JoinSet::new();
            for question in questions {
                requests.spawn(question.form("Allow").submit());
            }
            for client in &clients {
                let (tab, request) = (visitor.clone(), client.request(&[("scope", "openid"), ("prompt", "none")]));
                requests.spawn(async move { tab.get(&request).await });
            }
            requests.spawn(leave.submit());
            for page in requests.join_all().await {
                settled(&page);
            }
        }
    }

    async fn consent_beside_a_deletion_is_answered(server) {
        let clients = clients(server).await;
        for _ in 0..10 {
            let user = ana(server).await;
            user_cases::set_password(&server.system(), &user, Secret::new(PASSWORD)).await.unwrap();
            let visitor = server.visitor();
            let mut questions = vec![arrive_by_password(&visitor, &clients[0]).await];
            for client in &clients[1..] {
                questions.push(visitor.get(&client.request(&[("scope", "openid")])).await.follow_all().await.expect(200));
            }
            let mut requests = JoinSet::new();
            for question in questions {
                requests.spawn(question.form("Allow").submit());
            }
            for client in &clients {
                let (tab, request) = (visitor.clone(), client.request(&[("scope", "openid"), ("prompt", "none")]));
                requests.spawn(async move { tab.get(&request).await });
            }
            let ctx = server.system();
            let mut deletion = JoinSet::new();
            deletion.spawn(async move { user_cases::delete(&ctx, &user).await });
            for page in requests.join_all().await {
                settled(&page);
            }
            deletion.join_next().await.unwrap().unwrap().unwrap();
        }
    }
}
