//! The rules of the house, kept by reading its source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use baton::config::Config;
use baton::domain::command::COMMANDS;

/// Who stands on whose shoulders: a module may name what stands on a lower floor, and nothing beside or above it.
const FLOORS: [&[&str]; 7] = [
    &["domain"],
    &["config", "port", "clock", "secret", "links", "metrics", "crash", "chart"],
    &["store"],
    &["whatsapp", "discord", "telegram"],
    &["desk"],
    &["web", "intake", "delivery", "scheduler"],
    &["app"],
];

/// Arrows that a floor does not forbid and the house does: adapters are strangers to what is kept and decided.
const FORBIDDEN: [(&str, &[&str]); 5] = [
    ("whatsapp", &["store", "config", "links", "metrics", "crash", "chart"]),
    ("discord", &["store", "config", "links", "metrics", "crash", "chart"]),
    ("telegram", &["store", "config", "links", "metrics", "crash", "chart"]),
    ("desk", &["whatsapp", "discord", "telegram", "config", "chart"]),
    ("delivery", &["whatsapp", "discord", "telegram", "desk"]),
];

/// Arrows within one floor that are wanted, each for its reason.
const BESIDE: [(&str, &str, &str); 4] = [
    ("config", "secret", "a secret is a type of its own"),
    ("port", "secret", "a secret is a type of its own"),
    ("delivery", "intake", "what needs a decision goes back through the inbox under intake's own door"),
    ("web", "delivery", "where a stored file is"),
];

struct Source {
    /// The module it belongs to: the first part of its path.
    module: String,
    path: PathBuf,
    /// Its text without comments, strings kept, up to its tests.
    code: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut paths = Vec::new();
    rust_files(&src, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap().with_extension("");
            let module = inside.iter().next().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            Source { module, code: without_tests(&text), path }
        })
        .filter(|source| !source.path.iter().any(|part| part == "tests") && !source.path.ends_with("tests.rs"))
        .collect()
}

/// The text without comments and without what is compiled for tests alone.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = line.len() - line.trim_start().len();
            let Some(item) = lines.next() else { break };
            if item.trim_end().ends_with('{') {
                let end = format!("{}}}", &line[..indent]);
                for inner in lines.by_ref() {
                    if inner.starts_with(&end) {
                        break;
                    }
                }
            }
            continue;
        }
        let line = if line.trim_start().starts_with("//") { "" } else { line };
        code.push_str(line);
        code.push('\n');
    }
    code
}

/// Every module of ours that a text names: `crate::x…` and the members of `use crate::{x, y}`.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let (mut depth, mut name, mut fresh) = (0, String::new(), true);
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => fresh = true,
                    c if fresh && (c.is_alphanumeric() || c == '_') => name.push(c),
                    _ if !name.is_empty() => {
                        found.insert(std::mem::take(&mut name));
                        fresh = false;
                    }
                    _ => {}
                }
            }
            found.extend((!name.is_empty()).then_some(name));
        } else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn allowed(from: &str, to: &str) -> Result<(), String> {
    if from == to {
        return Ok(());
    }
    let refuse = |why: &str| Err(format!("{from} names {to}: {why}"));
    if from == "main" || from == "lib" {
        return Ok(());
    }
    if from == "playground" {
        return refuse("the stand-ins share no misunderstanding with us");
    }
    if to == "playground" {
        return if from == "app" { Ok(()) } else { refuse("only app starts stand-ins") };
    }
    if BESIDE.iter().any(|(a, b, _)| (*a, *b) == (from, to)) {
        return Ok(());
    }
    if FORBIDDEN.iter().any(|(a, strangers)| *a == from && strangers.contains(&to)) {
        return refuse("they are strangers");
    }
    match (floor(from), floor(to)) {
        (Some(above), Some(below)) if above > below => Ok(()),
        (Some(_), Some(_)) => refuse("it stands beside or above"),
        (None, _) => refuse("it stands on no floor"),
        (_, None) => refuse("that stands on no floor"),
    }
}

// story: PF-01
#[test]
fn no_module_names_what_stands_beside_or_above_it() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        for to in named(&source.code) {
            if let Err(why) = allowed(&source.module, &to) {
                wrong.insert(format!("{}: {why}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// story: RL-01
#[test]
fn every_module_stands_on_a_floor() {
    for source in sources() {
        let module = source.module.as_str();
        let known = floor(module).is_some() || ["main", "lib", "playground"].contains(&module);
        assert!(known, "{module} stands on no floor");
    }
    assert!(named("use crate::{a::{x, y}, b};\nfn f() { crate::c::d() }") == ["a", "b", "c"].map(str::to_owned).into());
    assert!(allowed("domain", "store").is_err() && allowed("discord", "whatsapp").is_err());
    assert!(allowed("playground", "domain").is_err() && allowed("discord", "store").is_err());
}

/// The beginnings of statements.
const SQL: [&str; 9] = [
    "\"select ",
    "\"insert into",
    "\"update ",
    "\"delete from",
    "\"create table",
    "\"alter table",
    "\"drop table",
    "\"begin",
    "\"pragma ",
];

// story: PF-01
#[test]
fn sql_stands_in_the_store_alone() {
    for source in sources().into_iter().filter(|source| source.module != "store") {
        let lower = source.code.to_lowercase();
        for start in SQL {
            assert!(!lower.contains(start), "{} holds SQL: {start}", source.path.display());
        }
        assert!(!lower.contains("sqlx::query"), "{} asks the database itself", source.path.display());
    }
}

// story: RL-01
#[test]
fn no_room_is_too_large() {
    let mut large = Vec::new();
    for source in sources() {
        let lines = source.code.lines().filter(|line| !line.trim().is_empty()).count();
        if lines > 350 {
            large.push(format!("{}: {lines} lines of code", source.path.display()));
        }
    }
    assert!(large.is_empty(), "{large:#?}");
}

// story: RL-01
#[test]
fn nothing_is_left_undone_or_taken_for_granted() {
    for source in sources() {
        for word in ["todo!", "unimplemented!", "dbg!(", "TODO", "FIXME"] {
            assert!(!source.code.contains(word), "{} holds {word}", source.path.display());
        }
        if source.module != "playground" {
            assert!(!source.code.contains(".unwrap()"), "{} unwraps", source.path.display());
            assert!(!source.code.contains("#[allow("), "{} allows instead of expecting", source.path.display());
        }
    }
}

// story: OP-02
#[test]
fn the_example_names_every_key_and_no_other() {
    let path = root().join("config/baton.toml");
    let config = Config::load(&path, &std::collections::HashMap::new()).unwrap_or_else(|error| panic!("{error}"));
    assert!(!config.teams.is_empty());
    // Every field of the configuration's types is a key; the example has each, optional ones behind a `#`.
    let example = std::fs::read_to_string(&path).unwrap();
    let written: BTreeSet<&str> = example
        .lines()
        .map(|line| line.trim_start_matches("# "))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key.trim())
        .chain(
            example
                .lines()
                .filter_map(|line| line.trim_start_matches("# ").strip_prefix('['))
                .flat_map(|line| line.trim_matches(['[', ']']).split('.').collect::<Vec<_>>()),
        )
        .collect();
    let types = std::fs::read_to_string(root().join("src/config.rs")).unwrap();
    let telegram = std::fs::read_to_string(root().join("src/config/telegram.rs")).unwrap();
    let types = types.split("/// What must not stand in the file.").next().unwrap().to_owned()
        + telegram.split("/// A bot, with what it serves").next().unwrap();
    let fields = types.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    let missing: Vec<&str> = fields.map(|(field, _)| field).filter(|field| !written.contains(field)).collect();
    assert!(missing.is_empty(), "config/baton.toml does not say what these are: {missing:?}");
}

/// The README's table of commands.
fn command_table() -> String {
    let mut table = "| Command | What it does | Example |\n|---|---|---|\n".to_owned();
    for spec in COMMANDS {
        let name = format!("/{} {}", spec.name, spec.usage());
        let example = spec.example.replace('|', "\\|");
        table.push_str(&format!("| `{}` | {} | `{example}` |\n", name.trim_end(), spec.about));
    }
    table
}

// story: OP-07
#[test]
fn the_pictures_of_the_readme_are_there() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let pictures: Vec<&str> = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|path| path.ends_with(".png"))
        .collect();
    assert!(pictures.len() >= 3, "{pictures:?}");
    for picture in pictures {
        let bytes = std::fs::read(root().join(picture)).unwrap_or_default();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() < 400_000, "{picture}");
    }
}

// story: OP-07
#[test]
fn the_readme_lists_the_commands_there_are() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap_or_default();
    let mut marked = readme.split("<!-- commands -->");
    let section = marked.nth(1).unwrap_or_default().trim();
    let table = command_table();
    assert_eq!(section, table.trim(), "between two `<!-- commands -->` the README should hold:\n{table}");
}
