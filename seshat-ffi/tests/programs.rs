//! The C programs of `tests/c/`, built as users build theirs: through pkg-config from an installed library. Here the
//! caller plays the agent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod workshop;

use seshat_core::desk::{Act, AgentEntry, Outcome};
use seshat_core::{OpenOptions, Show, Store};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;
use workshop::{crate_folder, library, panicking, repository, run};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Where `make install` has put the library of this run. Once for all tests; the folder goes with the last build of
/// the target folder it is in.
fn installed() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prefix");
        let _ = fs::remove_dir_all(&prefix);
        let mut make = Command::new("make");
        make.args(["--no-print-directory", "-C"]).arg(repository()).arg("install");
        // What the surrounding make was told is not for this one.
        make.env_remove("MAKEFLAGS").env_remove("DESTDIR").env_remove("LIBDIR");
        make.arg(format!("PREFIX={}", prefix.display())).arg(format!("LIBRARY={}", library().display()));
        run(&mut make);
        prefix
    })
}

fn pkg_config(arguments: &[&str]) -> Vec<String> {
    let path = installed().join("lib/pkgconfig");
    let said = run(Command::new("pkg-config").env("PKG_CONFIG_PATH", path).args(arguments).arg("seshat"));
    said.split_whitespace().map(String::from).collect()
}

/// A folder with a program in it and room for its store.
struct Program {
    folder: TempDir,
}

impl Program {
    fn build(source: &Path, options: &[&str]) -> Self {
        Program::linked(source, options, &pkg_config(&["--libs"]))
    }

    fn linked(source: &Path, options: &[&str], libraries: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut compile = Command::new("cc");
        compile.args(WARNINGS).args(["-g", "-pthread"]).args(options).args(pkg_config(&["--cflags"]));
        compile.arg("-o").arg(folder.path().join("program")).arg(source).args(libraries);
        run(&mut compile);
        Program { folder }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("chat.db")
    }

    fn command(&self) -> Command {
        self.under(&[])
    }

    /// Its invocation, through another program.
    fn under(&self, through: &[&str]) -> Command {
        let program = self.folder.path().join("program");
        let mut command = match through {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.env("LD_LIBRARY_PATH", installed().join("lib")).arg(self.store());
        command
    }
}

fn source(name: &str) -> PathBuf {
    crate_folder().join("tests/c").join(name)
}

const VALGRIND: [&str; 5] = [
    "valgrind",
    "--quiet",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,indirect",
    "--error-exitcode=9",
];

const ASAN: [&str; 3] = ["-std=c11", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

#[test]
fn the_header_draws_no_warning_in_any_c_or_c_plus_plus() {
    for (compiler, standard) in
        [("cc", "c99"), ("cc", "c11"), ("cc", "c17"), ("c++", "c++11"), ("c++", "c++17"), ("c++", "c++20")]
    {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let language = if compiler == "cc" { "c" } else { "c++" };
        let mut compile = Command::new(compiler);
        compile.args(WARNINGS).arg(format!("-std={standard}")).args(["-x", language]);
        compile.arg(source("header.c")).args(["-x", "none"]);
        run(compile.args(pkg_config(&["--cflags", "--libs"])).arg("-o").arg(&program));
        run(Command::new(program).env("LD_LIBRARY_PATH", installed().join("lib")));
    }
}

#[test]
fn pkg_config_knows_the_version() {
    assert_eq!(pkg_config(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
}

/// Plays the agent to the program's visitor.
fn converse(program: &Program, through: &[&str]) {
    let store = Store::open(program.store(), OpenOptions::default()).unwrap();
    let (desk, joe) = (store.desk(), "joe@example.com");
    desk.set_agents(&[AgentEntry { address: joe.into(), name: "Joe".into() }]).unwrap();
    desk.presence(joe, "desk", Some(Show::Available)).unwrap();
    desk.beat(true).unwrap();

    let mut child = program.under(through).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let before: Vec<_> = said.by_ref().take(2).collect();
    assert_eq!(before, ["online", "waiting"]);
    let act = Act { agent: joe, stanza: None };
    let chat = desk.waiting(1).unwrap()[0].chat;
    assert!(matches!(desk.accept(act, chat, 5).unwrap(), Outcome::Done(_)));
    assert!(matches!(desk.say(act, None, "Hello, customer.").unwrap(), Outcome::Done(_)));
    assert!(matches!(desk.finish(act, None).unwrap(), Outcome::Done(_)));
    let rest: Vec<_> = said.collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    assert_eq!(
        rest,
        [
            "visitor: Hi! \u{1F600}",
            "system: Your chat has started.",
            "agent: Hello, customer.",
            "system: The chat is now closed.",
            "finished by Joe"
        ]
    );
}

#[test]
fn a_conversation_is_clean_under_valgrind() {
    converse(&Program::build(&source("conversation.c"), &["-std=c99"]), &VALGRIND);
}

#[test]
fn a_conversation_is_clean_under_the_sanitizers() {
    converse(&Program::build(&source("conversation.c"), &ASAN), &[]);
}

#[test]
fn bad_calls_are_refused_cleanly() {
    let program = Program::build(&source("bad_calls.c"), &["-std=c99"]);
    let said = run(&mut program.under(&VALGRIND));
    let count: u32 = said.trim().strip_suffix(" bad calls").unwrap().parse().unwrap();
    assert!(count > 40, "{count}");
    run(&mut Program::build(&source("bad_calls.c"), &ASAN).command());
}

#[test]
fn eight_threads_share_a_store() {
    run(Program::build(&source("threads.c"), &["-std=gnu11"]).command().arg("4"));
    let sanitized = ["-std=gnu11", "-fsanitize=address,undefined"];
    run(Program::build(&source("threads.c"), &sanitized).command().arg("1"));
    run(Program::build(&source("threads.c"), &["-std=gnu11"]).under(&VALGRIND).arg("1"));
}

#[test]
fn a_bug_inside_a_call_is_a_status_and_a_message() {
    let libraries = [panicking().display().to_string()];
    let program = Program::linked(&source("bugs.c"), &["-std=c99"], &libraries);
    run(&mut program.under(&VALGRIND));
}

#[test]
fn the_http_contract_works_from_c() {
    run(&mut Program::build(&source("web.c"), &["-std=c99"]).under(&VALGRIND));
    run(&mut Program::build(&source("web.c"), &ASAN).command());
}

#[test]
fn the_example_is_a_site() {
    let program = Program::build(&repository().join("examples/c/chat.c"), &["-std=c11"]);
    let request = |method: &str, below: &str, body: &str| {
        let mut command = program.command();
        command.env("SESHAT_DB", program.store()).env("REQUEST_METHOD", method);
        command.env("SCRIPT_NAME", "/chat.cgi").env("PATH_INFO", below).env("QUERY_STRING", "");
        command.env("CONTENT_TYPE", "application/json").env("HTTP_SEC_FETCH_SITE", "same-origin");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success());
        String::from_utf8(done.stdout).unwrap()
    };
    let page = request("GET", "/", "");
    assert!(page.contains("<h1>Tents</h1>") && page.contains("data-base=\"/chat.cgi/chat\""), "{page}");
    let body = "{\"key\":\"0123456789abcdef\",\"text\":\"Hi!\"}";
    let started = request("POST", "/chat/chats", body);
    assert!(started.starts_with("Status: 201\r\n") && started.contains("Set-Cookie: seshat="), "{started}");
    assert!(started.contains("\"text\":\"Hi!\""), "{started}");
    assert!(request("GET", "/chat/poll", "").starts_with("Status: 401\r\n"));
}

#[test]
fn the_program_in_the_documentation_works() {
    let page = fs::read_to_string(repository().join("docs/c.md")).unwrap();
    let code = page.split("```c\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("page.c");
    fs::write(&source, code).unwrap();
    let program = Program::build(&source, &["-std=c99"]);
    let mut command = program.command();
    assert_eq!(run(command.current_dir(program.folder.path())), "");
    let store =
        Store::open(program.store(), OpenOptions { create: false, ..OpenOptions::default() }).unwrap();
    assert_eq!(store.desk().waiting(2).unwrap().len(), 1);
}
