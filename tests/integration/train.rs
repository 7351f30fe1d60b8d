//! Training, as a user types it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use crate::support::{colloquy, expect_code, folder, run, season, stderr, stdout};

/// Posts of the season that sell, by three accounts.
const SPAM: [&str; 12] = [
    "1864401259801347947",
    "1882162257576594489",
    "1889778861743279818",
    "1842001713377050826",
    "1842669107950911699",
    "1847217209026282082",
    "1848957496572510878",
    "1856197534213473497",
    "1856329108137444573",
    "1858455768370513275",
    "1881364766157442033",
    "1883458006981545139",
];

/// Posts of people who take part.
const TALK: [&str; 15] = [
    "1841552805479841847",
    "1841553098930126904",
    "1841553217381466169",
    "1841553231109423162",
    "1841553644709740603",
    "1841553677492420668",
    "1841553845331689534",
    "1841554662570852417",
    "1841554697861726274",
    "1841555160258576451",
    "1841555264310870085",
    "1841555647234048072",
    "1841556906032758862",
    "1841557008793206866",
    "1841557085477666899",
];

fn train(out: &Path, labels: &str, more: &[&str]) -> Output {
    let path = out.join("labels.jsonl");
    std::fs::write(&path, labels).unwrap();
    colloquy().arg("train").arg(&path).arg("--lake").arg(out).args(more).output().unwrap()
}

#[test]
fn labels_and_lakes_that_teach_nothing_say_why() {
    let out = folder();
    let refused = |labels: &str, more: &[&str]| {
        let output = train(out.path(), labels, more);
        expect_code(&output, 2);
        stderr(&output).replace(out.path().to_str().unwrap(), "OUT")
    };
    let label = "{\"id\": \"1\", \"label\": \"P\"}\n";
    assert!(refused(label, &[]).contains("OUT holds no lake; name the folder lake"));

    run(&[season()], out.path());
    let told = refused(&format!("{label}{label}{{\"id\": \"2\"}}\n"), &[]);
    assert!(
        told.starts_with("colloquy: OUT/labels.jsonl, line 3: missing field `label`"),
        "{told}"
    );
    let told = refused(label, &["--out", "no/such/folder/weights.txt"]);
    assert_eq!(told, "colloquy: there is no folder no/such/folder\n");
    let told = refused(label, &["--chat", "beechat"]);
    assert!(
        told.contains("the chat beechat is not in the lake OUT; it holds gardenchat"),
        "{told}"
    );
    let told = refused(label, &[]);
    let lines = "none of the labelled posts hijack; label some of both kinds \
                 (0 labelled posts in the lakes; 1 label without a post there)";
    assert_eq!(told, format!("colloquy: {lines}\n"));
}

#[test]
fn weights_are_learnt_from_labels_and_are_the_same_each_time() {
    let out = folder();
    run(&[season()], out.path());
    let mut labels = "{\"id\": \"1\", \"label\": \"H\"}\n".to_owned();
    for (ids, label) in [(&SPAM[..], "S"), (&TALK[..], "H")] {
        for id in ids {
            writeln!(labels, "{{\"id\": \"x:{id}\", \"label\": \"{label}\"}}").unwrap();
        }
    }
    let weights = |name: &str| {
        let path = out.path().join(name);
        let output = train(out.path(), &labels, &["--out", path.to_str().unwrap()]);
        expect_code(&output, 0);
        (stdout(&output), std::fs::read_to_string(path).unwrap())
    };
    let (told, text) = weights("weights.txt");
    for line in [
        "  gardenchat              12      15",
        "Labels without a post in the lakes: 1",
        "  gardenchat               27       12    0.444    1.000",
    ] {
        assert!(told.lines().any(|it| it.starts_with(line)), "{line} is not in\n{told}");
    }
    assert!(told.lines().all(|it| it.chars().count() <= 80), "{told}");
    assert!(text.contains("#   gardenchat: 12 hijacks, 15 others\n"), "{text}");
    colloquy_analyze::hijack::model::Model::parse(&text).unwrap();
    assert_eq!(weights("again.txt"), (told, text));
}
