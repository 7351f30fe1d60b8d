//! The documents say what the program does.

use std::collections::BTreeSet;

use crate::support::{colloquy, folder, stdout};

fn read(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Runs every `$ cargo run --release -- …` or `$ colloquy …` of the README's console blocks in a
/// folder of its own and compares what it prints to standard output.
#[test]
fn the_readme_session_is_what_the_program_prints() {
    let readme = read("README.md");
    let place = folder();
    std::os::unix::fs::symlink(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"),
        place.path().join("fixtures"),
    )
    .unwrap();
    let mut ran = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut commands = block.split("$ ").skip(1);
        for command in &mut commands {
            let (line, expected) = command.split_once('\n').unwrap();
            let line = line
                .strip_prefix("cargo run --release -- ")
                .or_else(|| line.strip_prefix("colloquy "))
                .unwrap_or_else(|| panic!("the README runs something else: {line}"));
            let arguments: Vec<&str> = line.split_whitespace().collect();
            let output = colloquy().current_dir(place.path()).args(&arguments).output().unwrap();
            assert_eq!(stdout(&output).trim_end(), expected.trim_end(), "{line}");
            ran += 1;
        }
    }
    assert!(ran >= 2, "only {ran} commands in the README");
}

/// Words of `help` that begin with `prefix` at the start of a line.
fn options(help: &str) -> BTreeSet<String> {
    help.split_whitespace()
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.trim_end_matches(|c: char| !c.is_alphanumeric()).to_owned())
        .collect()
}

/// The commands that `help` lists.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A description that is wrapped stands further in.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_and_option_is_in_the_readme_and_has_help() {
    let readme = read("README.md");
    let help = |words: &str| {
        stdout(&colloquy().args(words.split_whitespace()).arg("--help").output().unwrap())
    };
    let commands = commands(&help(""));
    assert_eq!(
        commands,
        [
            "run",
            "ingest",
            "analyze",
            "report",
            "decide",
            "decisions",
            "evaluate",
            "train",
            "dead-letters",
            "doctor"
        ]
    );
    let nested = commands.iter().flat_map(|command| {
        let nested = self::commands(&help(command));
        nested.into_iter().map(move |inner| format!("{command} {inner}"))
    });
    for command in nested.chain(commands.clone()) {
        let documented = readme.contains(&format!("`colloquy {command}"));
        assert!(documented, "{command} is not in the README");
        let help = help(&command);
        for option in options(&help) {
            if option != "--help" && option != "--version" {
                assert!(readme.contains(&format!("`{option}")), "{option} is not in the README");
            }
        }
    }
}

#[test]
fn every_figure_is_in_the_readme_and_every_one_there_is_counted() {
    let readme = read("README.md");
    let named = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
        let figures = words.filter(|word| word.starts_with("colloquy_") && word.len() > 9);
        figures.map(str::to_owned).collect()
    };
    let mut counted = BTreeSet::new();
    for name in ["journal", "ingest", "analyze", "report"] {
        let figures = named(&read(&format!("{name}/src/telemetry.rs")));
        assert!(figures.len() >= 4, "{name}: {figures:?}");
        counted.extend(figures);
    }
    counted.remove("colloquy_transcript");
    let table = readme.split("## Watching it").nth(1).unwrap().split("\n## ").next().unwrap();
    let documented = named(table);
    assert_eq!(counted, documented);
}

/// The keys that a table of the registry can have, as the refusal of another one lists them.
fn registry_keys(table: &str) -> Vec<String> {
    let text = format!("{table}no-such-key = 1\n");
    let error = colloquy_transcript::registry::parse(&text).unwrap_err().to_string();
    let (_, listed) = error.split_once("expected").unwrap_or_else(|| panic!("{error}"));
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_of_the_registry_is_in_the_readme_and_in_the_example() {
    let (readme, example) = (read("README.md"), read("fixtures/gardenchat/chats.toml"));
    colloquy_transcript::registry::parse(&example).unwrap();
    let chat = "[[chat]]\nname = \"a\"\n";
    let tables = [
        ("[[chat]]", chat.to_owned()),
        ("[chat.schedule]", format!("{chat}[chat.schedule]\n")),
        ("[[chat.session]]", format!("{chat}[[chat.session]]\n")),
    ];
    for (name, table) in tables {
        let keys = registry_keys(&table);
        assert!(keys.len() >= 5, "{keys:?}");
        let documented = readme.split(&format!("| key of `{name}` |")).nth(1).unwrap();
        let documented = documented.split("\n\n").next().unwrap();
        for key in keys {
            assert!(
                documented.contains(&format!("`{key}`")),
                "{key} of {name} is not in the README"
            );
            let shown = example.contains(&format!("\n{key} = "))
                || example.contains(&format!("\n[chat.{key}]"))
                || example.contains(&format!("\n[[chat.{key}]]"));
            assert!(shown, "{key} of {name} is not in the example");
        }
    }
}

#[test]
fn every_rule_is_documented() {
    let architecture = read("ARCHITECTURE.md");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("analyze/src/hijack");
    let mut rules = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A rule is a file; folders hold the model and its training.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Some(code) = text.split("const CODE: &str = \"").nth(1) else { continue };
        let code = code.split('"').next().unwrap();
        assert!(architecture.contains(&format!("`{code}`")), "{code} is not in ARCHITECTURE.md");
        assert!(text.starts_with(&format!("//! `{code}`")), "{} begins otherwise", path.display());
        for section in ["# What", "# Why it hurts", "# Known misses"] {
            assert!(text.contains(section), "{code} has no section {section}");
        }
        rules += 1;
    }
    assert!(rules >= 3);
}

#[test]
fn the_root_holds_what_it_should_and_nothing_else() {
    let listed = std::process::Command::new("git")
        .args(["ls-files"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    let top: BTreeSet<&str> = text
        .lines()
        .map(|path| path.split('/').next().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let allowed = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "analyze",
        "deploy",
        "fixtures",
        "ingest",
        "journal",
        "report",
        "src",
        "tests",
        "transcript",
    ];
    for name in &top {
        assert!(allowed.contains(name), "{name} does not belong in the root");
    }
}

#[test]
fn every_crate_takes_lints_and_versions_from_the_workspace() {
    for name in ["analyze", "fixtures", "ingest", "journal", "report", "transcript"] {
        let manifest = read(&format!("{name}/Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has lints of its own");
        for line in manifest.lines().skip_while(|line| !line.ends_with("dependencies]")) {
            let versioned = line.contains("version = \"") || line.contains("= \"");
            assert!(!versioned || line.starts_with('['), "{name}: {line} is not the workspace's");
        }
    }
}
