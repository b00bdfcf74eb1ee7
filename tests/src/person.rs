//! What a person does on the sign-in pages, without scripts.

use soleira_testkit::{AuthorizationRequest, Page, RelyingParty, Visitor};
use url::Url;

/// Registers with a username and a password. Where the browser comes back to the application.
///
/// # Panics
/// When it does not get there.
pub async fn register(
    visitor: &Visitor,
    party: &RelyingParty,
    request: &AuthorizationRequest,
    username: &str,
    password: &str,
) -> Url {
    let page = visitor.get(request.url.as_str()).await.follow_all().await.expect(200);
    let page = match page.find_link("Create an account") {
        Some(register) => visitor.get(register.as_str()).await.follow_all().await.expect(200),
        None => page,
    };
    let form = page.form("Create account").fill("Username", username);
    let next = if form.value("password").is_some() {
        form.fill("Password", password).submit().await
    } else {
        let choose = form.submit().await.follow_all().await.expect(200);
        choose.form("Create account").fill("Password", password).submit().await
    };
    back(next, party).await
}

/// Signs in with a username and a password. Where the browser comes back to the application.
///
/// # Panics
/// When it does not get there.
pub async fn sign_in(
    visitor: &Visitor,
    party: &RelyingParty,
    request: &AuthorizationRequest,
    username: &str,
    password: &str,
) -> Url {
    let page = visitor.get(request.url.as_str()).await;
    sign_in_on(page, username, password, |url| party.is_back(url)).await
}

/// Signs in with a username and a password, wherever a page leads to the sign-in page. Where the browser comes back to
/// the application.
///
/// # Panics
/// When it does not get there.
pub async fn sign_in_on(page: Page, username: &str, password: &str, is_back: impl Fn(&Url) -> bool) -> Url {
    let page = page.follow_all().await.expect(200);
    let form = page
        .form("Sign in")
        .fill("identifier", username)
        .fill("Password", password);
    back_at(form.submit().await, is_back).await
}

/// Follows the browser to the application; a page of consent is answered with a yes.
///
/// # Panics
/// When it does not get there.
pub async fn back(page: Page, party: &RelyingParty) -> Url {
    back_at(page, |url| party.is_back(url)).await
}

/// The same for any application, that knows its own address.
///
/// # Panics
/// When it does not get there.
pub async fn back_at(page: Page, is_back: impl Fn(&Url) -> bool) -> Url {
    let page = page.follow_until(&is_back).await;
    let page = if page.status() == 200 && page.url().path() == "/consent" {
        page.form("Allow").submit().await.follow_until(&is_back).await
    } else {
        page
    };
    let location = page.location();
    assert!(is_back(&location), "not back at the application: {page:?}");
    location
}

/// Signs out on the page that an application sends its people to. Where the browser goes then.
///
/// # Panics
/// When that page is another.
pub async fn sign_out(visitor: &Visitor, url: &Url) -> Url {
    let page = visitor.get(url.as_str()).await.expect(200);
    let form = page.form_at("form[id='op.logoutForm']");
    form.submit().await.expect(303).location()
}
