//! `POST {base}/chats`: a visitor starts a chat, or finds the one they have.

use crate::answer;
use crate::http::Response;
use crate::origin::Caller;
use crate::problem::Answer;
use crate::visit::Visit;
use seshat_core::{ChatState, Start, Token};

/// A start key gives the token to whoever knows it, so it must not be guessable.
pub(super) const MIN_START_KEY_CHARS: usize = 16;

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let mut fields = visit.fields()?;
    let key = fields.key(MIN_START_KEY_CHARS);
    let name = fields.text("name");
    let email = fields.text("email").filter(|email| !email.trim().is_empty());
    let text = fields.text("text").filter(|text| !text.is_empty());
    let page = fields.text("page");
    let locale = fields.text("locale");
    let own = fields.object("fields");
    fields.finish()?;
    visit.check_text(text.as_deref().unwrap_or_default())?;

    if let Some(response) = unfinished_chat(visit)? {
        return Ok(response);
    }
    let name = visit.name(name);
    let source = visit.source();
    let started = visit.store.start(&Start {
        name: &name,
        email: visit.known_email().or(email.as_deref()),
        text: text.as_deref(),
        page: page.as_deref(),
        locale: locale.as_deref(),
        fields: own.as_deref(),
        key: Some(&key),
        limit: visit.start_limit(&source),
    })?;
    let state = visit.state(&started.token, 0)?;
    let status = if started.new { 201 } else { 200 };
    Ok(with_token(visit, &started.token, |token| answer::state(status, visit.options, &state, token)))
}

/// The chat the request's token names, unless it is over. A token that is nobody's is no hindrance to a start.
fn unfinished_chat(visit: &Visit<'_>) -> Result<Option<Response>, crate::problem::Problem> {
    let Ok(token) = visit.token() else { return Ok(None) };
    match visit.store.poll(&token, &seshat_core::Poll::default()) {
        Ok(Some(state)) if !matches!(state.state, ChatState::Closed(_)) => {
            Ok(Some(answer::state(200, visit.options, &state, None)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == seshat_core::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Hands the token over: in the body to an allowed foreign page, in the cookie to everyone else.
fn with_token(visit: &Visit<'_>, token: &Token, respond: impl Fn(Option<&str>) -> Response) -> Response {
    let secret = token.reveal();
    if matches!(visit.caller, Caller::Allowed(_)) {
        return respond(Some(&secret));
    }
    let secure = if visit.request.https { "; Secure" } else { "" };
    let cookie = format!(
        "{}={secret}; Path={}; HttpOnly; SameSite=Lax{secure}",
        visit.options.cookie, visit.options.base
    );
    respond(None).with("Set-Cookie", cookie)
}
