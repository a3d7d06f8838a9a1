//! Reading members of a JSON body and parameters of a query, with every wrong one named in one answer.

use crate::http::Request;
use crate::options::Options;
use crate::problem::Problem;
use serde_json::{Map, Value};

/// Values asked for by name. What is missing or of the wrong type is noted; [`Fields::finish`] tells it all.
pub(crate) struct Fields {
    members: Map<String, Value>,
    wrong: Vec<(&'static str, String)>,
}

impl Fields {
    /// Reads a request's body. The size is looked at before anything is parsed.
    pub(crate) fn of_body(options: &Options, request: &Request<'_>) -> Result<Self, Problem> {
        if !request.is_json() {
            return Err(Problem::unsupported_media_type());
        }
        if request.body.len() > options.max_body {
            return Err(Problem::body_too_long(options.max_body));
        }
        match serde_json::from_slice(request.body) {
            Ok(Value::Object(members)) => Ok(Fields { members, wrong: Vec::new() }),
            Ok(_) => Err(Problem::bad_request("the body must be a JSON object")),
            Err(cause) => Err(Problem::bad_request(format!("the body is not JSON in UTF-8: {cause}"))),
        }
    }

    /// A text that may be left out.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.members.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => self.note(name, "must be a string"),
        }
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, name: &'static str) -> String {
        self.require(name);
        self.text(name).unwrap_or_default()
    }

    /// A key that makes the call repeatable, of at least `min` characters.
    pub(crate) fn key(&mut self, min: usize) -> String {
        let key = self.required_text("key");
        let chars = key.chars().count();
        if self.is_right("key") && !(min..=seshat_core::limits::MAX_KEY_CHARS).contains(&chars) {
            let max = seshat_core::limits::MAX_KEY_CHARS;
            self.wrong.push(("key", format!("must have {min} to {max} characters")));
        }
        key
    }

    /// A whole number that may be left out.
    pub(crate) fn integer(&mut self, name: &'static str) -> Option<i64> {
        match self.members.remove(name) {
            None | Some(Value::Null) => None,
            Some(value) => match value.as_i64() {
                Some(number) => Some(number),
                None => self.note(name, "must be a whole number"),
            },
        }
    }

    /// A whole number that must be there.
    pub(crate) fn required_integer(&mut self, name: &'static str) -> i64 {
        self.require(name);
        self.integer(name).unwrap_or_default()
    }

    /// True or false; `default` when left out.
    pub(crate) fn truth(&mut self, name: &'static str, default: bool) -> bool {
        match self.members.remove(name) {
            None | Some(Value::Null) => default,
            Some(Value::Bool(truth)) => truth,
            Some(_) => self.note(name, "must be true or false").unwrap_or(default),
        }
    }

    /// A JSON object that may be left out, as text again.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<String> {
        match self.members.remove(name) {
            None | Some(Value::Null) => None,
            Some(object @ Value::Object(_)) => Some(object.to_string()),
            Some(_) => self.note(name, "must be an object"),
        }
    }

    /// A number of messages, 0 or more, that may be left out.
    pub(crate) fn count(&mut self, name: &'static str) -> Option<i64> {
        match self.integer(name) {
            Some(number) if number < 0 => self.note(name, "must not be negative"),
            number => number,
        }
    }

    /// The request is refused for this member, and for whatever was wrong before.
    pub(crate) fn refuse(mut self, name: &'static str, cause: &str) -> Problem {
        if self.is_right(name) {
            self.note::<()>(name, cause);
        }
        Problem::invalid(self.wrong)
    }

    fn note<T>(&mut self, name: &'static str, cause: &str) -> Option<T> {
        self.wrong.push((name, cause.into()));
        None
    }

    /// Refuses the request if anything was wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Problem::invalid(self.wrong)) }
    }

    fn require(&mut self, name: &'static str) {
        if self.members.get(name).is_none_or(Value::is_null) {
            self.wrong.push((name, "is missing".into()));
        }
    }

    fn is_right(&self, name: &str) -> bool {
        !self.wrong.iter().any(|(wrong, _)| *wrong == name)
    }
}

/// A parameter that is a whole number; `None` when left out.
pub(crate) fn integer_parameter(request: &Request<'_>, name: &'static str) -> Result<Option<i64>, Problem> {
    let Some(value) = request.parameter(name) else { return Ok(None) };
    match value.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Problem::invalid(vec![(name, "must be a whole number".into())])),
    }
}
