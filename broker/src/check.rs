// SPDX-License-Identifier: GPL-3.0-or-later
//! `seshat-broker check`: tries config, database and login, one line each, and says what is wrong.

use crate::config::{Config, ConfigError};
use crate::link::try_login;
use crate::run::Failure;
use seshat_core::{OpenOptions, Store};
use std::io::{self, Write};
use std::path::Path;

/// Tries everything there is to try; the first thing that is wrong is the error.
///
/// # Errors
/// What is wrong.
pub fn check(config: Result<Config, ConfigError>, out: &mut impl Write) -> Result<(), Failure> {
    let config = step(out, "config", config.map_err(|e| e.to_string()), |config| {
        let agents: Vec<&str> = config.agents.iter().map(|agent| agent.address.as_str()).collect();
        format!("{} for {}", config.account.jid, agents.join(", "))
    })?;
    step(out, "database", database(&config.database), Clone::clone)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::Broken(format!("could not start the event loop: {e}")))?;
    let jid = config.account.jid.clone();
    let login = runtime.block_on(try_login(config.account)).map_err(|trouble| trouble.text);
    step(out, "login", login, |server| {
        let resumption = if server.resumption {
            "the server confirms what it has (XEP-0198)"
        } else {
            "the server has no XEP-0198: interrupted sessions begin anew"
        };
        format!("{jid}; {resumption}")
    })?;
    Ok(())
}

/// Opens the database, if it is there: making it is left to the account the broker runs under.
fn database(path: &Path) -> Result<String, String> {
    if path.symlink_metadata().is_ok() {
        let options = OpenOptions { create: false, ..OpenOptions::default() };
        Store::open(path, options).map_err(|e| e.to_string())?;
        return Ok(format!("`{}` is a store of Seshat's", path.display()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.metadata() {
        Ok(data) if data.is_dir() => {
            Ok(format!("`{}` is not there yet; the broker will make it", path.display()))
        }
        _ => Err(format!(
            "could not find the database: there is no folder `{}` for `{}`",
            folder.display(),
            path.display()
        )),
    }
}

fn step<T>(
    out: &mut impl Write,
    name: &str,
    result: Result<T, String>,
    words: impl FnOnce(&T) -> String,
) -> Result<T, Failure> {
    let said = match &result {
        Ok(value) => writeln!(out, "{name}: ok, {}", words(value)),
        Err(_) => writeln!(out, "{name}: failed"),
    };
    said.map_err(|e: io::Error| Failure::Broken(format!("could not write: {e}")))?;
    result.map_err(Failure::Setup)
}
