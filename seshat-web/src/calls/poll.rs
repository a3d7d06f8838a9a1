//! `GET {base}/poll`: what is new?

use crate::answer;
use crate::body::integer_parameter;
use crate::http::{Request, Response};
use crate::problem::{Answer, Problem};
use crate::visit::Visit;
use seshat_core::{Poll, State, Token};
use std::time::{Duration, Instant};

/// How long a wait goes on before it asks whether it should.
const SLICE: Duration = Duration::from_millis(100);

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let token = visit.token()?;
    let poll = Poll {
        after: integer_parameter(visit.request, "after")?.unwrap_or(0),
        rev: integer_parameter(visit.request, "rev")?,
        ..Poll::default()
    };
    let wait = wait(visit.request)?.min(visit.options.max_wait);
    Ok(match news(visit, &token, poll, wait)? {
        Some(state) => answer::state(200, visit.options, &state, None),
        None => Response::nothing(),
    })
}

/// Polls in slices until something is new, the time is over or the wait is interrupted. Without a `rev` the
/// first look answers, so no slice can miss a change that fell between it and the next.
fn news(visit: &Visit<'_>, token: &Token, poll: Poll, wait: Duration) -> Result<Option<State>, Problem> {
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let wait = if poll.rev.is_some() { left.min(SLICE) } else { Duration::ZERO };
        let state = visit.store.poll(token, &Poll { wait, ..poll })?;
        if state.is_some() || left <= SLICE || (visit.interrupted)() {
            return Ok(state);
        }
    }
}

/// The seconds the page would like to wait. What is more than an hour is as good as an hour: it is cut anyway.
fn wait(request: &Request<'_>) -> Result<Duration, Problem> {
    let Some(value) = request.parameter("wait") else { return Ok(Duration::ZERO) };
    match value.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Ok(Duration::from_secs_f64(seconds.min(3600.0))),
        _ => Err(Problem::invalid(vec![("wait", "must be a number of seconds".into())])),
    }
}
