//! `POST {base}/leave`: a message for the time when nobody is there.

use super::chats::MIN_START_KEY_CHARS;
use crate::answer;
use crate::problem::Answer;
use crate::visit::Visit;
use serde::Serialize;
use seshat_core::Leave;

#[derive(Serialize)]
struct Body {
    id: i64,
}

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let mut fields = visit.fields()?;
    // Keys of left messages share one space over all visitors, so they must not meet by chance.
    let key = fields.key(MIN_START_KEY_CHARS);
    let name = fields.text("name");
    let email = match visit.known_email() {
        Some(email) => email.to_owned(),
        None => fields.required_text("email"),
    };
    let text = fields.required_text("text");
    let page = fields.text("page");
    fields.finish()?;
    visit.check_text(&text)?;
    let name = visit.name(name);
    let source = visit.source();
    let id = visit.store.leave(&Leave {
        name: &name,
        email: &email,
        text: &text,
        page: page.as_deref(),
        key: Some(&key),
        limit: visit.start_limit(&source),
    })?;
    Ok(answer::json(201, &Body { id }))
}
