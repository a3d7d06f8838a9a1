//! `GET {base}/availability`: is anyone there?

use crate::answer;
use crate::problem::Answer;
use crate::visit::Visit;
use serde::Serialize;

#[derive(Serialize)]
struct Body {
    availability: &'static str,
}

/// The only answer that is the same for everybody, and so may be kept for a moment by a shared cache.
pub(crate) fn answer(visit: &Visit<'_>) -> Answer {
    let availability = visit.store.availability()?.name();
    let mut response = answer::json(200, &Body { availability });
    for (name, value) in &mut response.headers {
        if *name == "Cache-Control" {
            *value = "public, max-age=5".into();
        }
    }
    Ok(response)
}
