// SPDX-License-Identifier: GPL-3.0-or-later
//! seshat-broker: arguments, log lines, exit codes.

use lexopt::prelude::{Long, Short, Value};
use seshat_broker::config::{Config, ConfigError, DEFAULT_SECTION, Environment};
use seshat_broker::run::{Failure, run};
use seshat_broker::{check, status};
use std::io::stdout;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const HELP: &str = "\
Relays web chats to employees over any Jabber/XMPP account.

usage: seshat-broker CONFIG [SECTION]          run
       seshat-broker check CONFIG [SECTION]    try config, database and login
       seshat-broker status CONFIG [SECTION]   show who is there, who waits and who talks
       seshat-broker --help | --version

CONFIG is an ini file; SECTION is [Seshat] unless another is named. A file called
`check` or `status` is given as `./check`.

    [Seshat]
    sqlitedb = /var/lib/seshat/seshat.db
    localusers = joe@example.com, bob@customerservice.example.com
    username = webchat@example.com
    password = mypassword

Optional keys: password_file, server (host:port), ca_file, tls (starttls or direct),
resource, chats_per_agent. The password may also be in the environment variable
SESHAT_PASSWORD or in the systemd credential `xmpp_password`.

exit codes: 0 all went well, 2 wrong arguments, 70 the store or the system failed,
78 config, account, certificate or database need somebody's attention.";

/// Wrong arguments.
const EXIT_USAGE: u8 = 2;
/// sysexits.h: EX_SOFTWARE.
const EXIT_BROKEN: u8 = 70;
/// sysexits.h: EX_CONFIG. Starting again without a change makes no sense.
const EXIT_SETUP: u8 = 78;
/// Stanzas are read by recursion over what our filter leaves of their depth; this is ample for it.
const STACK: usize = 16 * 1024 * 1024;

enum Task {
    Run,
    Check,
    Status,
}

enum Arguments {
    Do { task: Task, config: PathBuf, section: String },
    Help,
    Version,
}

fn main() -> ExitCode {
    let (task, config, section) = match arguments() {
        Ok(Arguments::Do { task, config, section }) => (task, config, section),
        Ok(Arguments::Help) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Arguments::Version) => {
            println!("seshat-broker {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("seshat-broker: {error}; `seshat-broker --help` shows the arguments");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    log();
    let config = Config::load(&config, &section, &Environment::of_process());
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || perform(&task, config));
    let result = match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Failure::Broken("could not go on: this is a bug in seshat-broker".to_owned())),
        Err(error) => Err(Failure::Broken(format!("could not start a thread: {error}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("seshat-broker: {failure}");
            ExitCode::from(match failure {
                Failure::Setup(_) => EXIT_SETUP,
                Failure::Broken(_) => EXIT_BROKEN,
            })
        }
    }
}

fn perform(task: &Task, config: Result<Config, ConfigError>) -> Result<(), Failure> {
    let usable = |config: Result<Config, ConfigError>| config.map_err(|e| Failure::Setup(e.to_string()));
    match task {
        Task::Run => run(usable(config)?),
        Task::Check => check::check(config, &mut stdout()),
        Task::Status => status::status(&usable(config)?, &mut stdout()),
    }
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut values = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Arguments::Help),
            Short('V') | Long("version") => return Ok(Arguments::Version),
            Value(value) => values.push(value),
            _ => return Err(argument.unexpected()),
        }
    }
    let task = match values.first().and_then(|word| word.to_str()) {
        Some("check") => Task::Check,
        Some("status") => Task::Status,
        _ => Task::Run,
    };
    let mut values = values.into_iter().skip(usize::from(!matches!(task, Task::Run)));
    let config = values.next().ok_or("the config file is missing")?;
    let section = match values.next() {
        Some(section) => section.into_string().map_err(|_| "the section is not UTF-8 text")?,
        None => DEFAULT_SECTION.to_owned(),
    };
    if values.next().is_some() {
        return Err("there are too many arguments".into());
    }
    Ok(Arguments::Do { task, config: config.into(), section })
}

/// Our own log lines go to stderr. The XMPP library's stay unheard: at some levels it prints stanzas and passwords.
fn log() {
    let ours = Targets::new().with_target("seshat_broker", LevelFilter::INFO);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(false);
    tracing_subscriber::registry().with(lines).with(ours).init();
}
