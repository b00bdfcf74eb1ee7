//! The hosted pages: signing in, registering, linking, and what is shown when something is in the way.

use super::{Field, Notice, templates};
use serde::Serialize;

/// A button that leads to a social provider.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderButton {
    /// The provider's name, in the reader's language.
    pub name: String,
    /// Address or `data:` URL of its logo.
    pub logo: String,
    /// Its logo on dark, where it differs.
    pub dark_logo: Option<String>,
    /// Where the button leads.
    pub href: String,
}

/// What people type to say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Identifier {
    /// A username.
    Username,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

/// How people agree to terms and privacy policy. Shown where the frame has an address for either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Agreement {
    /// Not mentioned.
    #[default]
    None,
    /// By going on; a sentence says so.
    Implied,
    /// By a tick, sent as `agree=yes`.
    Asked,
}

/// Signing in by an identifier and a password. Posts `identifier` and `password`.
#[derive(Debug, Clone, Serialize)]
pub struct PasswordSignIn {
    /// Where the form is posted to.
    pub action: String,
    /// What may be typed as identifier, in order; at least one.
    pub identifiers: Vec<Identifier>,
    /// The identifier.
    pub identifier: Field,
    /// The password: its errors only.
    pub password: Field,
    /// Where a forgotten password is replaced, where that is possible.
    pub forgot_password_href: Option<String>,
}

/// `experience/sign-in.html`. With neither providers nor a password form it says that nothing is enabled.
#[derive(Debug, Clone, Serialize)]
pub struct SignInPage {
    /// Something to say above everything else: the provider refused, the way is locked.
    pub notice: Option<Notice>,
    /// Social providers, in the administrator's order.
    pub providers: Vec<ProviderButton>,
    /// The form for identifier and password, where that way is open.
    pub password: Option<PasswordSignIn>,
    /// Where a new account is made, where that is open.
    pub register_href: Option<String>,
    /// Agreement to the terms.
    pub agreement: Agreement,
    /// What is wrong with the agreement.
    pub agreement_error: Option<String>,
}

/// What a new password has to be.
#[derive(Debug, Clone, Serialize)]
pub struct PasswordRules {
    /// Its least number of characters.
    pub min_length: u32,
    /// How many of the kinds lower case, upper case, digits and symbols it must have.
    pub character_types: u8,
}

/// Registering by username and password. Posts `username` and, where asked for, `password`.
#[derive(Debug, Clone, Serialize)]
pub struct UsernameRegistration {
    /// Where the form is posted to.
    pub action: String,
    /// The username.
    pub username: Field,
    /// The password: its errors only. `None` where no password is asked for.
    pub password: Option<Field>,
    /// What the password has to be.
    pub rules: PasswordRules,
}

/// `experience/register.html`: username and password on one page, as password managers like it. Without a form the
/// providers stand alone; without either it says that nothing is enabled.
#[derive(Debug, Clone, Serialize)]
pub struct RegisterPage {
    /// Something to say above everything else.
    pub notice: Option<Notice>,
    /// Social providers, in the administrator's order.
    pub providers: Vec<ProviderButton>,
    /// The form, where identifiers are applicable.
    pub form: Option<UsernameRegistration>,
    /// Where people with an account sign in, where that is open.
    pub sign_in_href: Option<String>,
    /// Agreement to the terms.
    pub agreement: Agreement,
    /// What is wrong with the agreement.
    pub agreement_error: Option<String>,
}

/// `experience/continue-password.html`: a password is missing. Posts `password`.
#[derive(Debug, Clone, Serialize)]
pub struct ContinuePasswordPage {
    /// Something to say above everything else.
    pub notice: Option<Notice>,
    /// Where the form is posted to.
    pub action: String,
    /// Whose password it will be, so that a password manager stores both.
    pub identifier: Option<String>,
    /// The password: its errors only.
    pub password: Field,
    /// What the password has to be.
    pub rules: PasswordRules,
    /// Whether it makes the account.
    pub is_new: bool,
}

/// A link that can be used.
#[derive(Debug, Clone, Serialize)]
pub struct UsableLink {
    /// The address that it was sent to.
    pub email: String,
    /// Whether using it makes an account.
    pub is_new: bool,
}

/// `experience/one-time-token.html`: a link that signs its reader in, or why it does not. Posts `decision`: `continue`, or
/// `ignore` to go on without it.
#[derive(Debug, Clone, Serialize)]
pub struct OneTimeTokenPage {
    /// Where the form is posted to.
    pub action: String,
    /// The link, if it can be used.
    pub link: Option<UsableLink>,
    /// Why it cannot be used, in a sentence.
    pub problem: Option<String>,
    /// Whether somebody is signed in, who can go on without it.
    pub is_signed_in: bool,
    /// How people agree to the terms.
    pub agreement: Agreement,
    /// What is wrong with the agreement.
    pub agreement_error: Option<String>,
}

/// `experience/switch-account.html`: a link is for somebody else than whoever is signed in. Posts `decision`: `switch`, or
/// `stay`.
#[derive(Debug, Clone, Serialize)]
pub struct SwitchAccountPage {
    /// Where the form is posted to.
    pub action: String,
    /// The address that the link was sent to.
    pub email: String,
    /// Who is signed in: a name, a username or an address.
    pub person: String,
    /// More that tells them apart.
    pub person_detail: Option<String>,
}

/// Whom the provider says the person is.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderProfile {
    /// The provider's name.
    pub provider: String,
    /// The person's name (or whatever the provider has that comes near).
    pub name: Option<String>,
    /// The person's e-mail, where the provider tells one.
    pub email: Option<String>,
}

/// `experience/continue-username.html`: the one thing missing to make the account. Posts `username`.
#[derive(Debug, Clone, Serialize)]
pub struct ContinueUsernamePage {
    /// Something to say above everything else.
    pub notice: Option<Notice>,
    /// Where the form is posted to.
    pub action: String,
    /// The username, prefilled with a valid form of what the provider says.
    pub username: Field,
    /// Whom the provider says the person is, if a provider is part of this.
    pub profile: Option<ProviderProfile>,
}

/// `experience/social-link.html`: an account with the same e-mail exists. Linking to it posts `password`; making a
/// separate account posts to `create_action`.
#[derive(Debug, Clone, Serialize)]
pub struct SocialLinkPage {
    /// Something to say above everything else.
    pub notice: Option<Notice>,
    /// Where the form with the existing account's password is posted to; `None` where that account has no password.
    pub action: Option<String>,
    /// Whom the provider says the person is.
    pub profile: ProviderProfile,
    /// The existing account, as far as it may be shown (`a•••@example.com`).
    pub account: String,
    /// The password: its errors only.
    pub password: Field,
    /// Where the wish for a separate account is posted to, where registration is open.
    pub create_action: Option<String>,
    /// Where the sign-in page is.
    pub back_href: String,
}

/// A permission that an application of somebody else asks for.
#[derive(Debug, Clone, Serialize)]
pub struct RequestedScope {
    /// Its name on the wire.
    pub name: String,
    /// What it allows, where there are words for it.
    pub description: Option<String>,
}

/// Permissions at one API resource.
#[derive(Debug, Clone, Serialize)]
pub struct RequestedResource {
    /// What people call the resource.
    pub name: String,
    /// The permissions.
    pub scopes: Vec<RequestedScope>,
}

/// An organization of the person, which they may open to the application.
#[derive(Debug, Clone, Serialize)]
pub struct RequestedOrganization {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the application asks for there.
    pub scopes: Vec<RequestedScope>,
    /// Whether it was opened before.
    pub is_open: bool,
}

/// `experience/consent.html`: whether an application of somebody else may have what it asks for. Posts `decision`
/// (`allow`, `deny` or `switch`) and `organization`, once for each that was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct ConsentPage {
    /// Where the form is posted to.
    pub action: String,
    /// The application's name.
    pub application: String,
    /// Its logo.
    pub logo_url: Option<String>,
    /// Its logo on dark, where it differs.
    pub dark_logo_url: Option<String>,
    /// The host that vouches for the application, where nobody here has registered it.
    pub host: Option<String>,
    /// Who is signed in: a name, a username or an address.
    pub person: String,
    /// More that tells them apart.
    pub person_detail: Option<String>,
    /// What it asks to know of the person.
    pub scopes: Vec<RequestedScope>,
    /// What it asks to do elsewhere.
    pub resources: Vec<RequestedResource>,
    /// The organizations that the person may open; none where the application does not ask for them.
    pub organizations: Vec<RequestedOrganization>,
    /// Whether one organization is the most.
    pub one_organization: bool,
    /// The application's terms of use.
    pub terms_url: Option<String>,
    /// The application's privacy policy.
    pub privacy_url: Option<String>,
    /// Where the person goes then: a host, or the scheme of a program on their device.
    pub destination: Option<String>,
}

/// `experience/device.html`: where the code of a device is typed. Posts `xsrf` and `user_code`.
#[derive(Debug, Clone, Serialize)]
pub struct DevicePage {
    /// Something to say above everything else: the code before this one was used or refused.
    pub notice: Option<Notice>,
    /// Where the form is posted to.
    pub action: String,
    /// The secret that binds the form to the browser.
    pub xsrf: String,
    /// The code, with what was typed.
    pub code: Field,
}

/// `experience/device-confirm.html`: whether the device is the reader's. Posts `xsrf`, `user_code` and either
/// `confirm=yes` or `abort=yes`.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceConfirmPage {
    /// Where the form is posted to.
    pub action: String,
    /// The secret that binds the form to the browser.
    pub xsrf: String,
    /// The code as the device shows it.
    pub user_code: String,
}

/// `experience/device-success.html`: the device has its answer.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceSuccessPage {}

/// `experience/unknown-session.html`: there is nothing to sign in to.
#[derive(Debug, Clone, Serialize)]
pub struct UnknownSessionPage {
    /// The same request from the start, where it is known.
    pub start_again_href: Option<String>,
    /// The application's own address, where it is known.
    pub application_href: Option<String>,
}

/// `experience/error.html`: what happened and what to do.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// What happened, in a few words.
    pub title: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
    /// The error's code in the catalogue.
    pub code: Option<String>,
    /// What the log calls this request.
    pub request_id: String,
    /// The same request from the start, where it is known.
    pub start_again_href: Option<String>,
}

/// `experience/account-suspended.html`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountSuspendedPage {
    /// The tenant's address for help.
    pub support_email: Option<String>,
    /// The tenant's page for help.
    pub support_href: Option<String>,
    /// Where to sign in with another account, where it is known.
    pub sign_in_href: Option<String>,
}

/// `experience/root.html`: what this address is, for who opens it in a browser.
#[derive(Debug, Clone, Serialize)]
pub struct RootPage {
    /// The issuer, as applications are configured with it.
    pub issuer: String,
    /// The discovery document.
    pub discovery_href: String,
    /// The Console, where the reader may know of it.
    pub console_href: Option<String>,
}

/// `experience/signed-out.html`.
#[derive(Debug, Clone, Serialize)]
pub struct SignedOutPage {}

/// `experience/sign-out.html`: submits the form `op.logoutForm` (`xsrf`, `logout=yes`) by itself.
#[derive(Debug, Clone, Serialize)]
pub struct SignOutPage {
    /// Where the form is posted to.
    pub action: String,
    /// The secret that binds the form to the session.
    pub xsrf: String,
}

/// `experience/form-post.html`: the answer to the application by form (OAuth 2.0 Form Post Response Mode). Submits
/// itself.
#[derive(Debug, Clone, Serialize)]
pub struct FormPostPage {
    /// The redirect URI.
    pub action: String,
    /// Name and value of each parameter.
    pub parameters: Vec<(String, String)>,
}

/// `experience/wrong-host.html`: the server was asked under an address that it is not configured for.
#[derive(Debug, Clone, Serialize)]
pub struct WrongHostPage {
    /// The address in the request.
    pub asked: String,
    /// The right address of the same page.
    pub right_href: String,
    /// The setting that says so, such as `ENDPOINT`.
    pub setting: String,
    /// What the setting would have to be for the address in the request.
    pub setting_value: String,
}

templates! {
    SignInPage => "experience/sign-in.html",
    RegisterPage => "experience/register.html",
    ContinuePasswordPage => "experience/continue-password.html",
    OneTimeTokenPage => "experience/one-time-token.html",
    SwitchAccountPage => "experience/switch-account.html",
    ContinueUsernamePage => "experience/continue-username.html",
    SocialLinkPage => "experience/social-link.html",
    ConsentPage => "experience/consent.html",
    DevicePage => "experience/device.html",
    DeviceConfirmPage => "experience/device-confirm.html",
    DeviceSuccessPage => "experience/device-success.html",
    UnknownSessionPage => "experience/unknown-session.html",
    ErrorPage => "experience/error.html",
    AccountSuspendedPage => "experience/account-suspended.html",
    RootPage => "experience/root.html",
    SignedOutPage => "experience/signed-out.html",
    SignOutPage => "experience/sign-out.html",
    FormPostPage => "experience/form-post.html",
    WrongHostPage => "experience/wrong-host.html",
}
