//! `POST {base}/events`: typing, read, rate, end.

use crate::problem::Answer;
use crate::visit::Visit;

pub(super) fn answer(visit: &Visit<'_>) -> Answer {
    let token = visit.token()?;
    let mut fields = visit.fields()?;
    // Without `after` the page wants no messages: nothing comes after the last number there is.
    let after = fields.count("after").unwrap_or(i64::MAX);
    match fields.required_text("type").as_str() {
        "typing" => {
            let typing = fields.truth("typing", true);
            fields.finish()?;
            visit.store.typing(&token, typing)?;
        }
        "read" => {
            let seq = fields.required_integer("seq");
            fields.finish()?;
            visit.store.read(&token, seq)?;
        }
        "rate" => {
            let rating = fields.required_integer("rating");
            fields.finish()?;
            // What does not fit is out of range like any other wrong number: the store refuses it by name.
            visit.store.rate(&token, i8::try_from(rating).unwrap_or(i8::MAX))?;
        }
        "end" => {
            fields.finish()?;
            visit.store.finish(&token)?;
        }
        _ => return Err(fields.refuse("type", "must be one of typing, read, rate, end")),
    }
    visit.answer_state(200, &token, after)
}
