//! The store: the one place that knows SQL and SQLite.

use crate::clock::{Clock, SystemClock};
use crate::limits;
use std::sync::Arc;
use std::time::Duration;

/// How sure a write is when its call returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives a power loss: the disk has confirmed it.
    #[default]
    Full,
    /// It survives a crash of any process, but the last moments may be lost with the power.
    Normal,
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// How sure a write is when its call returns.
    pub durability: Durability,
    /// How long a call waits for other writers.
    pub busy_timeout: Duration,
    /// Make the file when it is missing.
    pub create: bool,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            durability: Durability::Full,
            busy_timeout: limits::BUSY_TIMEOUT,
            create: true,
            clock: Arc::new(SystemClock),
        }
    }
}
