//! Where things are, and how they are run.
#![allow(dead_code, reason = "each of the tests that share this uses its part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// This crate's folder.
pub fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The repository's.
pub fn repository() -> &'static Path {
    crate_folder().parent().unwrap()
}

/// Where cargo has put what it built for this run of the tests.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(2).unwrap().to_owned()
}

/// The shared library of this run.
pub fn library() -> PathBuf {
    target().join("deps").join("libseshat.so")
}

/// The one with a bug in it.
pub fn panicking() -> PathBuf {
    target().join("examples").join("libpanicking.so")
}

/// Runs a command that must succeed; returns what it printed.
pub fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    let err = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}\n{out}{err}", done.status);
    out
}
