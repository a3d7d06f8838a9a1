//! The broker bot.
fn main() {}
