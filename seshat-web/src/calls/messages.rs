//! `POST {base}/messages`: the visitor says something.

use crate::problem::Answer;
use crate::visit::Visit;

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let token = visit.token()?;
    let mut fields = visit.fields()?;
    let key = fields.key(1);
    let text = fields.required_text("text");
    let after = fields.count("after").unwrap_or(0);
    fields.finish()?;
    visit.check_text(&text)?;
    visit.store.send(&token, &text, Some(&key), visit.options.message_rate)?;
    visit.answer_state(201, &token, after)
}
