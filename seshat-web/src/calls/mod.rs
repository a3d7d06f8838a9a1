//! The calls of the contract, one file each, and the table that finds them. A call reads a [`Visit`], asks the
//! store and answers; what HTTP and JSON look like is decided elsewhere.

mod availability;
mod chats;
mod events;
mod leave;
mod messages;
mod poll;
mod transcript;

use crate::assets;
use crate::problem::{Answer, Problem};
use crate::visit::Visit;

/// Finds the call for a path and method. Calls that change something are guarded here, so that none can forget.
pub(crate) fn route(visit: &Visit<'_>) -> Answer {
    let path = visit.request.path.strip_prefix(visit.options.base.as_str()).ok_or_else(Problem::not_found)?;
    if let Some(name) = path.strip_prefix("/assets/") {
        return read(visit, |_| assets::answer(name));
    }
    match path {
        "/availability" => read(visit, availability::answer),
        "/chats" => write(visit, chats::answer),
        "/poll" => read(visit, poll::answer),
        "/messages" => write(visit, messages::answer),
        "/events" => write(visit, events::answer),
        "/leave" => write(visit, leave::answer),
        "/transcript" => read(visit, transcript::answer),
        _ => Err(Problem::not_found()),
    }
}

fn read(visit: &Visit<'_>, call: impl Fn(&Visit<'_>) -> Answer) -> Answer {
    match visit.request.method {
        "GET" | "HEAD" => call(visit),
        _ => Err(Problem::method_not_allowed("GET, HEAD")),
    }
}

fn write(visit: &Visit<'_>, call: impl Fn(&Visit<'_>) -> Answer) -> Answer {
    match visit.request.method {
        "POST" => {
            visit.guard()?;
            call(visit)
        }
        _ => Err(Problem::method_not_allowed("POST")),
    }
}
