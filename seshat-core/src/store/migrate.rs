//! From the schema a store has to the one we speak, in place, while others may be chatting.

use super::fault::{Fault, Outcome};
use crate::error::{Error, ErrorKind};
use crate::token;
use rusqlite::{Connection, params};

/// "SESH": says whose file this is.
pub(super) const APPLICATION_ID: i32 = 0x5345_5348;
/// The version `schema.sql` describes.
pub(super) const VERSION: i32 = 1;
/// Step `n` brings a store from version `n + 1` to `n + 2`. Steps are never changed once released.
const STEPS: [&str; (VERSION - 1) as usize] = [];

const SCHEMA: &str = include_str!("schema.sql");

/// Fills an empty database.
pub(super) fn create(connection: &Connection) -> Outcome<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    connection.execute_batch(SCHEMA)?;
    let id = token::random_bytes()?;
    let name: String = id[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute("INSERT INTO meta(name, value) VALUES('store', ?1)", [name])?;
    connection.execute(
        "INSERT INTO meta(name, value) VALUES('secret', ?1)",
        params![token::random_bytes()?.as_slice()],
    )?;
    connection.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT"
    ))?;
    Ok(())
}

/// Checks whose file this is and brings it up to date.
pub(super) fn bring_up_to_date(connection: &Connection, what: &str) -> Outcome<()> {
    let refuse = |kind, cause: String| Err(Fault::Known(Error::new(kind, what, cause)));
    let owner: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if owner != APPLICATION_ID {
        return refuse(
            ErrorKind::Corrupt,
            "the file is not a Seshat store; choose another path, Seshat wants a file of its own".into(),
        );
    }
    let version = user_version(connection)?;
    if version > VERSION {
        return refuse(
            ErrorKind::Version,
            format!(
                "it was made by a newer Seshat (schema {version}, this one knows {VERSION}); upgrade Seshat"
            ),
        );
    }
    if version < 1 {
        return refuse(ErrorKind::Corrupt, format!("it has the impossible schema version {version}"));
    }
    if version < VERSION {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Another process may have been faster.
        for version in user_version(connection)?..VERSION {
            connection.execute_batch(STEPS[(version - 1) as usize])?;
        }
        connection.execute_batch(&format!("PRAGMA user_version = {VERSION}; COMMIT"))?;
    }
    Ok(())
}

fn user_version(connection: &Connection) -> Outcome<i32> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}
