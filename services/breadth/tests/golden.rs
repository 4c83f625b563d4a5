//! Whole folds against values that other programs made.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop and tell why")]

use bellwether_breadth::BreadthWorker;
use bellwether_schemas::{
    Scan,
    breadth::Output,
    fixture::{Row, moved, scan},
    scan::flag,
};
use bellwether_worker::{OnScan, Worker};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

fn fold(scans: impl IntoIterator<Item = Scan>) -> Vec<Output> {
    let (worker, mut state) = (BreadthWorker::default(), None);
    let step = |scan: Scan| {
        let step = worker.step(state.as_ref(), &OnScan, &scan).unwrap();
        state = Some(step.state);
        step.output
    };
    scans.into_iter().map(step).collect()
}

fn near(value: Option<f64>, expected: &str, tolerance: f64) -> bool {
    match (value, expected.parse::<f64>()) {
        (Some(value), Ok(expected)) => (value - expected).abs() <= tolerance,
        (value, Err(_)) => value.is_none(),
        (None, Ok(_)) => false,
    }
}

#[test]
fn twelve_sessions_worked_out_with_fractions() {
    let lines = include_str!("golden.txt").lines().filter(|line| !line.starts_with('#'));
    let sessions: Vec<Vec<&str>> = lines.map(|line| line.split(' ').collect()).collect();
    let outputs = fold(sessions.iter().zip(1..).map(|(fields, ordinal)| {
        let [a, d, u, per_advance, per_decline]: [usize; 5] = std::array::from_fn(|i| fields[i].parse().unwrap());
        let volume = |row: &Row| if row.flags & flag::ADVANCE == 0 { per_decline } else { per_advance } as f64;
        let mut rows: Vec<Row> = moved(a, d, u).iter().map(|row| Row { volume: volume(row), ..*row }).collect();
        rows.push(Row::with(0));
        scan(ordinal, &rows)
    }));
    for (fields, Output { current, volume, .. }) in sessions.iter().zip(&outputs) {
        let values = [
            Some(current.ad_line as f64),
            Some(volume.volume_line),
            current.rana,
            current.mcclellan_oscillator,
            current.mcclellan_summation,
            current.zweig_ema10,
            volume.trin,
            volume.trin_open10,
        ];
        for (value, expected) in values.into_iter().zip(&fields[5..]) {
            assert!(near(value, expected, 1e-9), "{value:?} is not {expected} in {fields:?}");
        }
    }
}

/// A file of the shared market data, which is not part of this repository.
fn shared(path: &str) -> Option<String> {
    let named = std::env::var_os("BELLWETHER_SHARED_DATA").map(PathBuf::from);
    let above = || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data"));
    let text = named.into_iter().chain(above()).find_map(|folder| std::fs::read_to_string(folder.join(path)).ok());
    if text.is_none() {
        println!("skipped: no shared/data/{path}; name the folder in BELLWETHER_SHARED_DATA");
    }
    text
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

#[test]
fn three_years_of_the_nyse_agree_with_pandas() {
    let Some(counts) = shared("reference/nyse-advance-decline.csv") else { return };
    let Some(golden) = shared("reference/golden-mcclellan-nyse.csv") else { return };
    let golden: BTreeMap<&str, Vec<&str>> = rows(&golden).map(|fields| (fields[0], fields)).collect();
    let outputs = fold(
        rows(&counts)
            .zip(1..)
            .map(|(fields, ordinal)| scan(ordinal, &moved(fields[1].parse().unwrap(), fields[2].parse().unwrap(), 0))),
    );
    let mut compared = 0;
    for (counted, Output { current, .. }) in rows(&counts).zip(&outputs) {
        let Some(expected) = golden.get(counted[0]) else { continue };
        let values = [
            (3, Some(current.net_advances as f64)),
            (4, current.rana),
            (5, current.mcclellan_oscillator),
            (7, current.mcclellan_summation),
            (8, Some(current.ad_line as f64)),
        ];
        for (column, value) in values {
            assert!(near(value, expected[column], 1e-6), "{value:?} is not {} on {}", expected[column], counted[0]);
        }
        compared += 1;
    }
    assert_eq!(compared, golden.len());
    assert!(compared >= 20);
}
