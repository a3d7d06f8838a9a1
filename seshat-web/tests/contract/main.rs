//! The HTTP contract over a real store: every call, limit, cookie, origin rule and error.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly, its helpers too")]

mod assets;
mod calls;
mod errors;
mod hostile;
mod identity;
mod limits;
mod origins;
mod polls;
mod site;
