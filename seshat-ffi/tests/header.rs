//! `include/seshat.h` is what the sources say, and the library exports what the header declares.
//!
//! After a change of the ABI: `SESHAT_WRITE=1 cargo test -p seshat-ffi --test header` writes both files anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod workshop;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use workshop::{crate_folder, library, repository, run};

/// The header's order: the library, what it says, the store, a chat, what polls find, the queue, the web.
const SOURCES: [&str; 9] =
    ["library", "status", "store", "info", "chat", "messages", "chats", "response", "web"];

fn made_from_the_sources() -> String {
    let mut config = cbindgen::Config::from_file(crate_folder().join("cbindgen.toml")).unwrap();
    let version = config.after_includes.take().unwrap();
    let version = version
        .replace("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR"))
        .replace("@MINOR@", env!("CARGO_PKG_VERSION_MINOR"))
        .replace("@PATCH@", env!("CARGO_PKG_VERSION_PATCH"));
    config.after_includes = Some(version);
    config.header = config.header.map(|header| header.trim().to_owned());
    let mut builder = cbindgen::Builder::new().with_config(config);
    for name in SOURCES {
        builder = builder.with_src(crate_folder().join("src").join(name).with_extension("rs"));
    }
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    with_beginnings(&String::from_utf8(header).unwrap())
}

/// Puts a `SESHAT_*_INIT` behind every struct that begins with its size: C and C++ warn of fields that are left out,
/// so each is written down.
fn with_beginnings(header: &str) -> String {
    let (mut out, mut fields) = (String::new(), None::<Vec<&str>>);
    for line in header.lines() {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("typedef struct seshat_") && line.ends_with('{') {
            fields = Some(Vec::new());
        } else if let Some(name) = line.strip_prefix("} ").and_then(|rest| rest.strip_suffix(';')) {
            let zeros = fields.take().unwrap_or_default();
            if zeros.first() == Some(&"size_t struct_size") {
                let zeros: Vec<_> = zeros[1..].iter().map(|field| zero(field)).collect();
                let short = name.strip_prefix("seshat_").unwrap().to_uppercase();
                out.push_str(&format!(
                    "/** What a {name} begins with. */\n#define SESHAT_{short}_INIT {{ sizeof({name}), {} }}\n",
                    zeros.join(", ")
                ));
            }
        } else if let (Some(fields), Some(field)) = (&mut fields, line.strip_suffix(';')) {
            fields.push(field.trim());
        }
    }
    out
}

fn zero(field: &str) -> &'static str {
    match field {
        field if field.contains('*') => "NULL",
        field if field.contains('[') => "{ 0 }",
        _ => "0",
    }
}

fn compare(name: &str, wanted: &str) {
    let path = repository().join(name);
    if std::env::var_os("SESHAT_WRITE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, wanted).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == wanted,
        "{name} is not what the sources say; look at the change, then write it with\n\
         SESHAT_WRITE=1 cargo test -p seshat-ffi --test header"
    );
}

#[test]
fn the_header_is_made_from_the_sources() {
    compare("include/seshat.h", &made_from_the_sources());
}

/// The functions the header declares.
fn declared() -> BTreeSet<String> {
    let header = made_from_the_sources();
    let code = header.lines().filter(|line| !line.trim_start().starts_with('*') && !line.starts_with('#'));
    let mut found = BTreeSet::new();
    for line in code {
        if let Some((before, _)) = line.split_once('(')
            && let Some(name) = before.rsplit([' ', '*']).next()
            && name.starts_with("seshat_")
        {
            found.insert(name.to_owned());
        }
    }
    found
}

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    let listed = run(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(library()));
    let exported: BTreeSet<_> =
        listed.lines().filter_map(|line| line.split(' ').next()).map(String::from).collect();
    assert_eq!(exported, declared());
    let list: String = exported.iter().map(|name| format!("{name}\n")).collect();
    compare("seshat-ffi/symbols.txt", &list);
}

#[test]
fn the_library_has_its_versioned_name_and_needs_only_the_system() {
    let dynamic = run(Command::new("readelf").args(["-d", "--wide"]).arg(library()));
    assert!(dynamic.contains("soname: [libseshat.so.0]"), "{dynamic}");
    let system = ["libc.so.", "libm.so.", "libgcc_s.so.", "ld-linux", "libpthread.so.", "libdl.so."];
    for line in dynamic.lines().filter(|line| line.contains("(NEEDED)")) {
        assert!(system.iter().any(|name| line.contains(name)), "{line}");
    }
}
