//! The browser driver against the stand-in provider's own pages.

use soleira_testkit::browser::{NARROW, Options};
use soleira_testkit::{Browser, Person, StandInProvider};

async fn sign_in_at_the_provider(options: Options) {
    let provider = StandInProvider::start().await;
    let Some(browser) = Browser::start(options).await else {
        return;
    };
    browser
        .goto(&format!("{}/settings/connected-applications/new", provider.origin()))
        .await;
    browser.fill("Application name", "Bookstore").await;
    browser
        .fill("Redirect URL", &format!("{}/back", provider.origin()))
        .await;
    browser.click("Create app").await;
    let client = browser.text_of("#client-id").await;
    assert_eq!(client.len(), 32);

    let request = format!(
        "{}?client_id={client}&redirect_uri={}/back&response_type=code&scope=profile&state=s",
        provider.authorization_endpoint(),
        provider.origin()
    );
    browser.goto(&request).await;
    let person = Person::default();
    browser.fill("Username", &person.preferred_username).await;
    assert_eq!(browser.value("Username").await, person.preferred_username);
    browser.fill("Password", &person.password).await;
    browser.click("Log in").await;
    browser.read("asks ada-lovelace for").await;
    assert!(browser.offers("Deny").await && !browser.offers("Log in").await);
    let violations = browser.inspect("stand-in/authorize").await;
    assert_eq!(
        violations,
        [],
        "{}",
        violations.iter().map(ToString::to_string).collect::<String>()
    );
    browser.click("Authorize").await;
    browser
        .arrive("the application", |url| {
            url.path() == "/back" && url.query().is_some_and(|query| query.contains("code="))
        })
        .await;
    browser.close().await;
}

#[tokio::test]
async fn pages_are_used_as_a_person_uses_them() {
    sign_in_at_the_provider(Options::default()).await;
}

#[tokio::test]
async fn pages_are_used_without_scripts_on_a_narrow_screen() {
    sign_in_at_the_provider(Options {
        javascript: false,
        width: NARROW,
        ..Options::default()
    })
    .await;
}

#[tokio::test]
async fn scripts_run_only_where_they_may() {
    let page = "data:text/html,<p id=p>still</p><script>document.getElementById('p').textContent='moved'</script>";
    for (javascript, text) in [(true, "moved"), (false, "still")] {
        let Some(browser) = Browser::start(Options {
            javascript,
            ..Options::default()
        })
        .await
        else {
            return;
        };
        browser.goto(page).await;
        assert_eq!(browser.text_of("#p").await, text);
        browser.close().await;
    }
}
