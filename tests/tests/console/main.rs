//! The Console, through its pages.

#![expect(clippy::unwrap_used, reason = "tests fail at once, saying what was expected")]

mod applications;
mod connectors;
mod session;
mod sign_in_experience;
mod tour;
mod users;
mod welcome;

use soleira_testkit::{Page, TestServer, Visitor};

/// The first administrator's password.
const PASSWORD: &str = "correct horse battery staple";

/// The first administrator, signed in.
async fn administrator(server: &TestServer) -> Visitor {
    let visitor = server.administrator();
    let page = welcome(&visitor, "admin", PASSWORD).await;
    page.follow_all().await.expect(200).expect_text("Get started");
    visitor
}

/// Sends the welcome page's form.
async fn welcome(visitor: &Visitor, username: &str, password: &str) -> Page {
    let page = visitor.get("/console").await.follow_all().await.expect(200);
    let form = page.form("Create administrator");
    form.fill("Username", username)
        .fill("Password", password)
        .submit()
        .await
}

/// What stands at a field as its error.
fn error_at(page: &Page, field: &str) -> Option<String> {
    page.text_of(&format!("#{field}-error"))
}
