//! `GET {base}/poll`: what is new?

use crate::answer;
use crate::body::integer_parameter;
use crate::http::{Request, Response};
use crate::problem::{Answer, Problem};
use crate::visit::Visit;
use seshat_core::Poll;
use std::time::Duration;

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let token = visit.token()?;
    let rev = integer_parameter(visit.request, "rev")?;
    let wait = wait(visit.request)?.min(visit.options.max_wait);
    let poll = Poll {
        after: integer_parameter(visit.request, "after")?.unwrap_or(0),
        rev,
        // A page that has no state yet wants one now.
        wait: if rev.is_some() { wait } else { Duration::ZERO },
        ..Poll::default()
    };
    Ok(match visit.store.poll_while(&token, &poll, visit.go_on)? {
        Some(state) => answer::state(200, visit.options, &state, None),
        None => Response::nothing(),
    })
}

/// The seconds the page would like to wait. What is more than an hour is as good as an hour: it is cut anyway.
fn wait(request: &Request<'_>) -> Result<Duration, Problem> {
    let Some(value) = request.parameter("wait") else { return Ok(Duration::ZERO) };
    match value.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Ok(Duration::from_secs_f64(seconds.min(3600.0))),
        _ => Err(Problem::invalid(vec![("wait", "must be a number of seconds".into())])),
    }
}
