//! What Baton costs, measured on the machine it runs on beside the limit that the same machine sets in the same run.
//!
//! `cargo bench` runs everything; `cargo bench -- accepting`, `passing`, `resting`, `routing`, `clocks`, `forums` one part, `-- sqlite` or `-- postgres` one
//! database. Postgres is measured where `BATON_TEST_POSTGRES` names a server. Figures are of this machine and loopback; the
//! load comes from the same cores.

#![expect(unreachable_pub, reason = "a program whose parts share what they need")]

#[path = "parts/accepting.rs"]
mod accepting;
#[path = "parts/clocks.rs"]
mod clocks;
#[path = "parts/forums.rs"]
mod forums;
#[path = "parts/load.rs"]
mod load;
#[path = "parts/passing.rs"]
mod passing;
#[path = "parts/resting.rs"]
mod resting;
#[path = "parts/routing.rs"]
mod routing;
#[path = "parts/setup.rs"]
mod setup;

/// As the program has it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let parts = ["accepting", "passing", "resting", "routing", "clocks", "forums"];
    let databases = ["sqlite", "postgres"];
    let wants = |name: &str, group: &[&str]| {
        !asked.iter().any(|arg| group.contains(&arg.as_str())) || asked.iter().any(|arg| arg == name)
    };
    println!("{}", setup::machine());
    for database in databases.into_iter().filter(|name| wants(name, &databases)) {
        let Some(base) = setup::Database::of(database) else {
            println!("\n{database}: not measured, BATON_TEST_POSTGRES names no server");
            continue;
        };
        if wants("accepting", &parts) {
            accepting::measure(&base).await;
        }
        if wants("passing", &parts) {
            passing::measure(&base).await;
        }
        if wants("resting", &parts) {
            resting::measure(&base).await;
        }
        if wants("routing", &parts) {
            routing::measure(&base).await;
        }
        if wants("clocks", &parts) {
            clocks::measure(&base).await;
        }
        if wants("forums", &parts) {
            forums::measure(&base).await;
        }
    }
}
