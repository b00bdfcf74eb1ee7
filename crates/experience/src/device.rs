//! `/device`: where a person types the code that a device shows, confirms that the device is theirs, and learns that it
//! is connected (RFC 8628 §3.3). The forms are received under `/oidc/device`.

use crate::query::PageQuery;
use crate::scene::{Stage, browser, found};
use axum::response::IntoResponse;
use soleira_access::browser::{DEVICE_PAGE, DEVICE_PATH, DEVICE_XSRF};
use soleira_access::device::{self, CodeProblem};
use soleira_core::ApplicationId;
use soleira_directory::applications;
use soleira_ui::Field;
use soleira_ui::pages::Notice;
use soleira_ui::pages::experience::{DeviceConfirmPage, DevicePage, DeviceSuccessPage};
use soleira_web::{Context, Failure, Query, Result};

/// Asks for the code, or whether it is the reader's. A browser that was not given what the form carries gets it first.
pub(crate) async fn show(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let browser = browser(&ctx);
    let Some(xsrf) = browser
        .device_xsrf()
        .filter(|_| ctx.cookies().get(DEVICE_XSRF).is_some())
    else {
        return Ok(found(&query.on(DEVICE_PATH)));
    };
    let (xsrf, action) = (xsrf.to_owned(), DEVICE_PATH.to_owned());
    let (typed, problem) = match query.user_code.as_deref() {
        None => (query.input_code.clone(), query.error.clone()),
        Some(code) => match device::find(&ctx, &browser, Some(code)).await? {
            Ok(waiting) => {
                let name = waiting.client.application().name.clone();
                let page = DeviceConfirmPage {
                    action,
                    xsrf,
                    user_code: waiting.user_code,
                };
                let stage = Stage::open(ctx, query, DEVICE_PAGE).await?;
                return Ok(stage.render(&page, Some(name)).into_response());
            }
            Err(problem) => (Some(code.to_owned()), Some(problem.as_str().to_owned())),
        },
    };
    let stage = Stage::open(ctx, query, DEVICE_PAGE).await?;
    let mut page = DevicePage {
        notice: None,
        action,
        xsrf,
        code: Field::of(typed.unwrap_or_default()),
    };
    if let Some(problem) = problem {
        let text = stage.text(&format!("experience.device.problem.{}", phrase(&problem)));
        if is_of_the_field(&problem) {
            page.code.errors.push(text);
        } else {
            page.notice = Some(Notice::danger(text));
        }
    }
    Ok(stage.render(&page, None).into_response())
}

/// The phrase that tells of a problem.
fn phrase(problem: &str) -> &'static str {
    match CodeProblem::ALL.into_iter().find(|known| known.as_str() == problem) {
        Some(CodeProblem::NoCode) => "no_code",
        Some(CodeProblem::NotFound) => "not_found",
        Some(CodeProblem::Expired) => "expired",
        Some(CodeProblem::AlreadyUsed) => "already_used",
        Some(CodeProblem::Aborted) => "aborted",
        None => match problem {
            "InvalidRequest" => "stale",
            "RateLimited" => "too_many",
            _ => "other",
        },
    }
}

/// Whether what was typed is what is wrong, so that typing it anew helps.
fn is_of_the_field(problem: &str) -> bool {
    [CodeProblem::NoCode, CodeProblem::NotFound, CodeProblem::Expired]
        .iter()
        .any(|known| known.as_str() == problem)
}

/// Says that the device is connected.
pub(crate) async fn success(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let name = application_name(&ctx, &query).await?;
    let stage = Stage::open(ctx, query, "/device/success").await?;
    Ok(stage.render(&DeviceSuccessPage {}, name).into_response())
}

async fn application_name(ctx: &Context, query: &PageQuery) -> std::result::Result<Option<String>, Failure> {
    let Some(id) = &query.app_id else { return Ok(None) };
    let client = applications::client(ctx, &ApplicationId::from(id.as_str())).await?;
    Ok(client.map(|client| client.name.clone()))
}
