//! Recorded runs of real agents, scored as the original scored them. Their place is `BREAKROOM_WORKBENCH`.

use std::path::PathBuf;

use breakroom_tools::workbench::checkout::Checkout;

#[test]
fn recorded_runs_get_the_verdicts_of_the_original() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/workbench");
    let folder =
        PathBuf::from(std::env::var("BREAKROOM_WORKBENCH").unwrap_or_else(|_| default.into()));
    if !folder.join("oracle/verdicts.csv").exists() {
        eprintln!("skipped: no recorded runs at BREAKROOM_WORKBENCH or its default");
        return;
    }
    let scored = breakroom_workbench::score::score(&Checkout::read(&folder, &[]).unwrap()).unwrap();
    let (agreed, disagreements) =
        breakroom_workbench::score::compare(&scored, &folder.join("oracle/verdicts.csv")).unwrap();
    eprintln!("parity: agree {agreed} of {}", scored.len());
    assert!(!scored.is_empty());
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

#[test]
fn recorded_transcripts_get_the_observations_of_the_original() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/workbench");
    let folder =
        PathBuf::from(std::env::var("BREAKROOM_WORKBENCH").unwrap_or_else(|_| default.into()));
    let file = folder.join("oracle/transcripts.jsonl");
    if !file.exists() {
        eprintln!("skipped: no transcripts at BREAKROOM_WORKBENCH or its default");
        return;
    }
    let replayed = breakroom_workbench::replay::replay(&file, &folder).unwrap();
    let equal = replayed.compared - replayed.differences.len();
    eprintln!("parity: equal {equal} of {}", replayed.compared);
    assert!(replayed.compared > 0);
    assert!(
        replayed.differences.is_empty(),
        "{}",
        replayed.differences.join("\n")
    );
}

#[test]
fn recorded_texts_are_read_as_the_recorded_calls() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/workbench");
    let folder =
        PathBuf::from(std::env::var("BREAKROOM_WORKBENCH").unwrap_or_else(|_| default.into()));
    let file = folder.join("oracle/transcripts.jsonl");
    if !file.exists() {
        eprintln!("skipped: no transcripts at BREAKROOM_WORKBENCH or its default");
        return;
    }
    let oracle = folder.join("oracle/verdicts.csv");
    let all = breakroom_workbench::redrive::redrive(&file, &folder, Some(&oracle)).unwrap();
    let verdicts = all.verdicts.unwrap();
    eprintln!(
        "parity: redrive steps {} of {}, observations {} of {}, verdicts {} of {}",
        all.steps.same,
        all.steps.of,
        all.observations.same,
        all.observations.of,
        verdicts.same,
        verdicts.of
    );
    assert!(all.holds(), "{:#?}", all.differences);
    assert!(all.steps.same * 100 >= all.steps.of * 99);
    assert_eq!(verdicts.of, all.runs);
}

#[test]
fn every_disagreement_between_native_rules_and_the_record_has_a_class() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/workbench");
    let folder =
        PathBuf::from(std::env::var("BREAKROOM_WORKBENCH").unwrap_or_else(|_| default.into()));
    let oracle = folder.join("oracle/verdicts.csv");
    if !oracle.exists() {
        eprintln!("skipped: no recorded runs at BREAKROOM_WORKBENCH or its default");
        return;
    }
    let (agreement, disagreements) =
        breakroom_workbench::audit::agreement::agreements(&folder, &[], Some(&oracle)).unwrap();
    let summed: usize = agreement.iter().map(|it| it.of - it.agree).sum();
    let right = &agreement[0];
    eprintln!(
        "parity: native agrees {} of {}, {} disagreements in all columns, each with its class",
        right.agree,
        right.of,
        disagreements.len()
    );
    assert!(right.of > 0);
    assert_eq!(summed, disagreements.len());
    for column in &agreement {
        let classed: usize = column.classes.values().sum();
        assert_eq!(column.agree + classed, column.of, "{column:?}");
    }
    let unclassed: Vec<_> = disagreements
        .iter()
        .filter(|it| it.class == breakroom_workbench::audit::agreement::UNCLASSED)
        .collect();
    assert!(unclassed.is_empty(), "{unclassed:#?}");
}
