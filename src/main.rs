//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use baton::app::{App, demo, doctor, letters, report};
use baton::clock::Clock;
use baton::config::{Config, environment};
use baton::crash;
use baton::domain::calendar::vectors;
use baton::domain::ids::ConversationId;
use baton::store::Store;
use clap::{Parser, Subcommand};

/// Most of what costs time here is taking and giving back small pieces of memory on several threads.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Run your WhatsApp customers from inside your team chat.
#[derive(Parser)]
#[command(name = "baton", version, about, long_about = None, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 it went wrong, 2 the command line was not understood, 3 `check`, `doctor`, `selftest` or `why --recompute` found problems.";

#[derive(Subcommand)]
enum Command {
    /// Run Baton
    #[command(after_help = "Example: baton run --config config/baton.toml")]
    Run(ConfigArg),
    /// Play the whole thing on this machine, without any account
    #[command(after_help = "Example: baton demo --port 7700")]
    Demo {
        /// Port of the page; 0 takes any free one
        #[arg(long, default_value_t = 7700)]
        port: u16,
        /// Folder for the demo's database and files; a new temporary one when not given
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Name every problem of a configuration, and of what it needs at Discord
    #[command(after_help = "Example: baton check --config config/baton.toml --offline")]
    Check {
        #[command(flatten)]
        config: ConfigArg,
        /// Look at the file alone
        #[arg(long)]
        offline: bool,
    },
    /// Work out deadlines whose answers are known
    #[command(name = "selftest", after_help = "Example: baton selftest --vectors sla.json")]
    SelfTest {
        /// A file of the schema sla-vector/1
        #[arg(long)]
        vectors: PathBuf,
    },
    /// Bring the database's tables to this version
    #[command(after_help = "Example: baton migrate --config config/baton.toml")]
    Migrate(ConfigArg),
    /// What could not be handled or delivered
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Why a conversation went to whom it went
    #[command(after_help = "Example: baton why 12 --recompute")]
    Why {
        /// The conversation's number
        number: i64,
        /// Make the decision again from what is stored of it, and fail if it comes to something else
        #[arg(long)]
        recompute: bool,
        /// As JSON, with everything that was looked at
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArg,
    },
    /// How a period went: how fast customers were answered, and by whom
    #[command(after_help = "Example: baton report --team support --period 30d --out report/")]
    Report {
        /// A team; every team when not given
        #[arg(long, conflicts_with = "agent")]
        team: Option<String>,
        /// Somebody, by their name in the configuration or the workspace
        #[arg(long)]
        agent: Option<String>,
        /// today, yesterday, 7d, 30d, 2026-11 or 2026-11-01..2026-11-15
        #[arg(long, default_value = "7d")]
        period: String,
        /// Write one row for each conversation into this file
        #[arg(long)]
        csv: Option<PathBuf>,
        /// Write the report, conversations.csv, days.csv and pictures into this folder
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        config: ConfigArg,
    },
    /// Look over the database: one owner in each epoch, loads that are true
    #[command(after_help = "Example: baton doctor --json")]
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArg,
    },
}

#[derive(clap::Args)]
struct ConfigArg {
    /// The configuration file
    #[arg(long, short, env = "BATON_CONFIG", default_value = "config/baton.toml")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum DeadLetters {
    /// List them, oldest first
    #[command(after_help = "Example: baton dead-letters list --json")]
    List {
        #[command(flatten)]
        config: ConfigArg,
        /// As JSON, one object a line, with what they hold
        #[arg(long)]
        json: bool,
    },
    /// Put one back to be tried again (`i12`, `o34`), or all
    #[command(after_help = "Example: baton dead-letters replay i12")]
    Replay {
        /// Which: its name from the list, or `all`
        which: String,
        #[command(flatten)]
        config: ConfigArg,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    log();
    match run(cli.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("baton: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each once: some texts hold their cause already.
fn told(error: &anyhow::Error) -> String {
    error
        .chain()
        .skip(1)
        .map(ToString::to_string)
        .fold(error.to_string(), |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
}

/// Logs for people on a terminal, JSON otherwise; `BATON_LOG` filters.
fn log() {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_env("BATON_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,serenity=warn,sqlx=warn"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        subscriber.with_target(false).compact().init();
    } else {
        subscriber.json().init();
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let env = environment();
    match command {
        Command::Run(ConfigArg { config }) => {
            crash::arm(&env);
            let config = Config::load(&config, &env)?;
            let secrets = config.secrets(&env).map_err(|wrong| {
                let sentences: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                anyhow::anyhow!(sentences.join("\nbaton: "))
            })?;
            let app = App::start(&config, &secrets, Clock::default()).await?;
            tracing::info!(address = %app.address, "Baton listens on {}", app.address);
            asked_to_stop().await?;
            app.stop().await;
        }
        Command::Demo { port, dir } => {
            let demo = demo::Demo::start(port, dir).await?;
            println!("{}", demo.banner());
            asked_to_stop().await?;
            demo.stop().await;
        }
        Command::Check { config, offline } => return check(&config.config, offline).await,
        Command::SelfTest { vectors } => return selftest(&vectors),
        Command::Migrate(ConfigArg { config }) => {
            let store = Store::open(&Config::load(&config, &env)?.database.url).await?;
            store.migrate().await?;
            store.close().await;
            println!("The tables are those of this version.");
        }
        Command::Why { number, recompute, json, config } => {
            let config = Config::load(&config.config, &env)?;
            let store = Store::open_beside(&config.database.url).await?;
            let id = ConversationId(number);
            let explained = doctor::explain(&store, &config, id, Clock::default().now()).await?;
            return why(&explained, recompute, json);
        }
        Command::Report { team, agent, period, csv, out, config } => {
            let config = Config::load(&config.config, &env)?;
            let store = Store::open_beside(&config.database.url).await?;
            let asked = report::Asked { team, agent, period, csv, out };
            print!("{}", report::report(&store, &config, &asked, Clock::default().now()).await?);
        }
        Command::Doctor { json, config } => {
            let store = Store::open_beside(&Config::load(&config.config, &env)?.database.url).await?;
            return examine(&store, json).await;
        }
        Command::DeadLetters(DeadLetters::List { config, json }) => {
            let store = Store::open_beside(&Config::load(&config.config, &env)?.database.url).await?;
            list(&store, json).await?;
        }
        Command::DeadLetters(DeadLetters::Replay { which, config }) => {
            let store = Store::open_beside(&Config::load(&config.config, &env)?.database.url).await?;
            let count = letters::replay(&store, &which, &Clock::default()).await?;
            println!("{count} put back; a running Baton takes them up within a second.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(path: &std::path::Path, offline: bool) -> anyhow::Result<ExitCode> {
    let env = environment();
    let config = Config::load(path, &env)?;
    println!("ok    {} is understood", path.display());
    let mut problems: u32 = 0;
    let mut found = |sentence: &str| {
        problems += 1;
        println!("WRONG {sentence}");
    };
    config.lints(Clock::default().now()).iter().for_each(|lint| found(lint));
    baton::app::forgotten(&config).await.iter().for_each(|sentence| found(sentence));
    if offline {
        return Ok(if problems == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) });
    }
    let secrets = match config.secrets(&env) {
        Ok(secrets) => secrets,
        Err(wrong) => {
            for error in wrong {
                println!("WRONG {error}");
            }
            return Ok(ExitCode::from(3));
        }
    };
    println!("ok    every secret is there");
    for finding in baton::app::check(&config, &secrets).await? {
        problems += u32::from(!finding.ok);
        println!("{:<5} {}", if finding.ok { "ok" } else { "WRONG" }, finding.text);
    }
    Ok(if problems == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn selftest(path: &std::path::Path) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let cases =
        vectors::cases(&text).with_context(|| format!("{} is not of the schema sla-vector/1", path.display()))?;
    let wrong: Vec<&vectors::Case> = cases.iter().filter(|case| !case.holds()).collect();
    for case in &wrong {
        println!("WRONG {} ({}): {} instead of {}", case.id, case.kind, case.found, case.expected);
    }
    println!("{} passed, {} failed", cases.len() - wrong.len(), wrong.len());
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn why(explained: &doctor::Explained, recompute: bool, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        println!("{}", serde_json::to_string(explained)?);
    } else {
        println!("{}", explained.why);
        if recompute {
            println!("\n{}", explained.again);
            if !explained.same_rules {
                println!(
                    "The rules have changed since configuration {}, so which of them matched is not looked at.",
                    explained.version
                );
            }
        }
    }
    Ok(if recompute && !explained.same { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

async fn examine(store: &Store, json: bool) -> anyhow::Result<ExitCode> {
    let (conversations, changes, findings) = doctor::examine(store).await?;
    let well = findings.iter().all(|finding| finding.odd.is_empty());
    if json {
        let all = serde_json::json!({ "conversations": conversations, "changes": changes, "findings": findings });
        println!("{all}");
    } else {
        println!("{conversations} conversations, {changes} changes of owner");
        for finding in &findings {
            println!("{:<5} {}", if finding.odd.is_empty() { "ok" } else { "WRONG" }, finding.holds);
            for odd in &finding.odd {
                println!("      {odd}");
            }
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

async fn list(store: &Store, json: bool) -> anyhow::Result<()> {
    let letters = letters::list(store, 10_000).await?;
    if json {
        for letter in &letters {
            println!("{}", serde_json::to_string(letter)?);
        }
        return Ok(());
    }
    if letters.is_empty() {
        println!("There are no dead letters.");
    }
    for letter in letters {
        println!("{:<8} {}  {}", letter.id, letter.lane, letter.reason);
    }
    Ok(())
}

/// Resolves when the process is asked to end.
async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("Ctrl-C cannot be listened for")?,
    }
    Ok(())
}
