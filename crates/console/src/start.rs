//! Get started, and the library of guides.

use crate::address::Address;
use crate::console::Console;
use crate::guides::{self, Guide};
use serde::Deserialize;
use soleira_core::model::ApplicationType;
use soleira_directory::progress;
use soleira_ui::pages::console::start::{GetStartedPage, GuideCard, GuideGroup, GuidesPage, KindFilter, Task};
use soleira_web::{Page, Query, Result};

/// The library.
pub(crate) const LIBRARY: &str = "/console/guides";
/// The form for an application.
pub(crate) const CREATE: &str = "/console/applications/create";
/// How many guides stand on the first page.
const FIRST_GUIDES: usize = 3;

/// The types of applications that have guides, in the library's order.
pub(crate) const KINDS: [ApplicationType; 4] = [
    ApplicationType::Traditional,
    ApplicationType::Spa,
    ApplicationType::Native,
    ApplicationType::MachineToMachine,
];

fn card(console: &Console, guide: &Guide) -> GuideCard {
    GuideCard {
        name: guide.title(console.language()),
        description: guide.summary(console.language()),
        kind: guide.kind,
        icon: Some(guide.icon.clone()),
        href: Address::new(CREATE).with("guide", &guide.id).finish(),
    }
}

/// `GET /console/get-started`.
pub(crate) async fn get_started(console: Console) -> Result<Page> {
    let progress = progress::of(&console.managed).await?;
    let task = |name, href: &str, done| Task {
        name,
        href: href.to_owned(),
        done,
    };
    let tasks = vec![
        task(
            "application",
            if progress.application {
                "/console/applications"
            } else {
                LIBRARY
            },
            progress.application,
        ),
        task(
            "connector",
            if progress.connector {
                "/console/connectors"
            } else {
                "/console/connectors/create"
            },
            progress.connector,
        ),
        task(
            "sign_in_experience",
            "/console/sign-in-experience",
            progress.sign_in_experience,
        ),
        task("users", "/console/users", progress.first_sign_in),
    ];
    Ok(console.show(&GetStartedPage {
        done: tasks.iter().filter(|task| task.done).count(),
        tasks,
        guides: guides::all()
            .iter()
            .take(FIRST_GUIDES)
            .map(|guide| card(&console, guide))
            .collect(),
        library_href: LIBRARY.to_owned(),
    }))
}

/// What the library is narrowed by.
#[derive(Debug, Deserialize)]
pub(crate) struct Narrowed {
    #[serde(default)]
    q: String,
    #[serde(default, rename = "type")]
    kind: String,
}

/// `GET /console/guides`.
pub(crate) async fn library(console: Console, Query(narrowed): Query<Narrowed>) -> Page {
    let kind = ApplicationType::parse(&narrowed.kind).filter(|kind| KINDS.contains(kind));
    let found: Vec<&Guide> = guides::all()
        .iter()
        .filter(|guide| {
            kind.is_none_or(|kind| guide.kind == kind) && guide.is_found_by(&narrowed.q, console.language())
        })
        .collect();
    let filter = |kind: Option<ApplicationType>, current: bool| KindFilter {
        kind,
        href: Address::new(LIBRARY)
            .with("q", &narrowed.q)
            .with("type", kind.map_or("", ApplicationType::as_str))
            .finish(),
        current,
    };
    let groups = KINDS.iter().filter_map(|group| {
        let guides: Vec<GuideCard> = found
            .iter()
            .filter(|guide| guide.kind == *group)
            .map(|guide| card(&console, guide))
            .collect();
        (!guides.is_empty()).then_some(GuideGroup { kind: *group, guides })
    });
    console.show(&GuidesPage {
        filters: [filter(None, kind.is_none())]
            .into_iter()
            .chain(KINDS.iter().map(|group| filter(Some(*group), kind == Some(*group))))
            .collect(),
        groups: groups.collect(),
        q: narrowed.q,
        clear_href: LIBRARY.to_owned(),
        without_guide_href: CREATE.to_owned(),
    })
}
