//! A private Postgres for the tests: `BATON_TEST_POSTGRES` if it is set, else a cluster started from this machine's own
//! programs in a temporary folder. Each test gets a database of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection;

static CLUSTER: OnceLock<Option<String>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(1);

/// The address of a new, empty database; `None` where there is no Postgres, which `BATON_REQUIRE_POSTGRES` forbids.
pub async fn database() -> Option<String> {
    let cluster = tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start)).await.unwrap();
    let Some(base) = cluster else {
        assert!(
            std::env::var("BATON_REQUIRE_POSTGRES").is_err(),
            "BATON_REQUIRE_POSTGRES is set, and there is neither BATON_TEST_POSTGRES nor initdb on this machine"
        );
        return None;
    };
    Some(create(base).await)
}

async fn create(base: &str) -> String {
    let name = format!("baton_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let mut admin = sqlx::PgConnection::connect(&format!("{base}/postgres")).await.unwrap();
    let create = format!("create database {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
    format!("{base}/{name}")
}

fn start() -> Option<String> {
    if let Ok(url) = std::env::var("BATON_TEST_POSTGRES") {
        return Some(url.trim_end_matches('/').to_owned());
    }
    Some(Cluster::start("shared")?.base)
}

/// A cluster of this process alone.
#[derive(Debug, Clone)]
pub struct Cluster {
    base: String,
    folder: PathBuf,
    programs: PathBuf,
    as_root: bool,
    options: String,
}

impl Cluster {
    /// One that no other test uses; `None` where the programs are not there.
    pub async fn private() -> Option<Self> {
        tokio::task::spawn_blocking(|| Self::start("private")).await.unwrap()
    }

    /// A new, empty database.
    pub async fn database(&self) -> String {
        create(&self.base).await
    }

    /// Ends it as an operator in a hurry does, and starts it again.
    pub fn restart(&self) {
        assert!(self.control(&["-m", "fast", "-w", "restart"]), "see {}", self.folder.join("log").display());
    }

    fn start(name: &str) -> Option<Self> {
        let programs = programs()?;
        let folder = std::env::temp_dir().join(format!("baton-test-postgres-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let as_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
        if as_root {
            // Postgres refuses to run as root; the packages make a user for it.
            assert!(run(Command::new("chown").arg("postgres").arg(&folder)), "there is no user postgres to run as");
        }
        let port = free_port();
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=300"
        );
        let base = format!("postgres://baton@127.0.0.1:{port}");
        let cluster = Self { base, folder, programs, as_root, options };
        let made = run(cluster
            .command("initdb")
            .args(["-A", "trust", "-U", "baton", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
            .arg(cluster.data()));
        assert!(made, "initdb failed");
        assert!(cluster.control(&["-w", "start"]), "pg_ctl start failed: see {}", cluster.folder.join("log").display());
        reap(&cluster.folder, &cluster.data(), &cluster.programs, as_root);
        Some(cluster)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let mut command = self.command("pg_ctl");
        command.args(["-o", &self.options, "-l"]).arg(self.folder.join("log")).arg("-D").arg(self.data());
        run(command.args(arguments))
    }

    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = if self.as_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

/// Stops the cluster when this process is gone, however it ends.
#[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
fn reap(folder: &Path, data: &Path, programs: &Path, as_root: bool) {
    let prefix = if as_root { "setpriv --reuid=postgres --regid=postgres --clear-groups " } else { "" };
    let script = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.5; done; cd {}; {prefix}{}/pg_ctl -D {} -m immediate stop; rm -rf {}",
        std::process::id(),
        folder.display(),
        programs.display(),
        data.display(),
        folder.display()
    );
    Command::new("setsid")
        .args(["sh", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh runs");
}

fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    for version in (13..=19).rev() {
        folders.push(PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

fn run(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
