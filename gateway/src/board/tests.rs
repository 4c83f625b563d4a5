use super::*;
use crate::fixtures::{rejected, stored};
use serde_json::json;

fn arrival(universe: &str, revision: u64, body: Vec<u8>) -> Arrival {
    Arrival { key: Key::live(universe).unwrap(), revision, body: body.into() }
}

fn put(board: &Board, universe: &str, revision: u64) {
    let body = stored(revision, json!({"current": {"n": revision}}));
    board.put("regime", arrival(universe, revision, body)).unwrap();
}

fn live() -> Board {
    let board = Board::new(["regime", "breadth"]);
    board.reset("regime", "e1");
    board.current("regime");
    board
}

fn all(board: &Board, seen: &mut Seen) -> Vec<String> {
    std::iter::from_fn(|| board.news("regime", seen, |_| true))
        .map(|news| match news {
            News::Reset { .. } => "reset".to_owned(),
            News::Entry(entry) => format!("{}:{}", entry.key.universe(), entry.head.revision),
        })
        .collect()
}

#[test]
fn an_older_revision_never_replaces_a_newer_one() {
    let board = live();
    put(&board, "us", 5);
    put(&board, "us", 4);
    put(&board, "us", 5);
    let section = board.section("regime").unwrap();
    assert_eq!(section.entries.values().map(|e| e.head.revision).collect::<Vec<_>>(), [5]);
    assert_eq!(section.head, 5);
}

#[test]
fn a_new_client_gets_the_newest_of_each_key_in_the_order_of_the_log() {
    let board = live();
    for (universe, revision) in [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("a", 6)] {
        put(&board, universe, revision);
    }
    let mut seen = Seen::default();
    assert_eq!(all(&board, &mut seen), ["b:3", "c:4", "a:6"]);
    assert_eq!(all(&board, &mut seen), Vec::<String>::new());
    put(&board, "b", 7);
    assert_eq!(all(&board, &mut seen), ["b:7"]);
}

#[test]
fn a_slow_client_skips_to_the_newest() {
    let board = live();
    let mut seen = Seen::default();
    (1..=1000).for_each(|revision| put(&board, "us", revision));
    assert_eq!(all(&board, &mut seen), ["us:1000"]);
}

#[test]
fn filtered_keys_are_passed_over() {
    let board = live();
    put(&board, "a", 1);
    put(&board, "b", 2);
    let mut seen = Seen::default();
    assert!(matches!(board.news("regime", &mut seen, |key| key.universe() == "a"), Some(News::Entry(_))));
    assert_eq!(board.news("regime", &mut seen, |key| key.universe() == "a"), None);
    assert_eq!(seen.revision, 2);
}

#[test]
fn a_reset_empties_the_section_and_tells_every_client_that_held_something_of_it() {
    let board = live();
    put(&board, "us", 5);
    let mut seen = Seen::default();
    assert_eq!(all(&board, &mut seen), ["us:5"]);
    board.reset("regime", "e2");
    assert!(board.section("regime").unwrap().entries.is_empty());
    assert_eq!(all(&board, &mut seen), Vec::<String>::new(), "told when the new log is complete");
    put(&board, "us", 1);
    board.current("regime");
    assert_eq!(all(&board, &mut seen), ["reset", "us:1"]);
}

#[test]
fn a_log_that_went_back_within_its_epoch_resets_clients_too() {
    let board = live();
    put(&board, "us", 5);
    let mut seen = Seen::default();
    all(&board, &mut seen);
    board.reset("regime", "e1");
    put(&board, "us", 9);
    board.current("regime");
    assert_eq!(all(&board, &mut seen), ["reset", "us:9"]);
}

#[test]
fn a_client_that_comes_back_gets_only_what_moved() {
    let board = live();
    put(&board, "a", 1);
    put(&board, "b", 2);
    let mut knows_one = Seen::resumed(tag("e1"), 1);
    assert_eq!(all(&board, &mut knows_one), ["b:2"]);
    let mut from_the_future = Seen::resumed(tag("e1"), 3);
    assert_eq!(all(&board, &mut from_the_future), ["reset", "a:1", "b:2"]);
    let mut of_another_log = Seen::resumed(tag("e0"), 1);
    assert_eq!(all(&board, &mut of_another_log), ["reset", "a:1", "b:2"]);
}

#[test]
fn nothing_is_sent_before_the_log_is_complete() {
    let board = Board::new(["regime"]);
    board.reset("regime", "e1");
    put(&board, "late", 8);
    let mut seen = Seen::default();
    assert_eq!(all(&board, &mut seen), Vec::<String>::new());
    put(&board, "early", 3);
    board.current("regime");
    assert_eq!(all(&board, &mut seen), ["early:3", "late:8"]);
}

#[test]
fn a_lost_link_keeps_the_data_and_says_why() {
    let board = live();
    put(&board, "us", 5);
    let before = board.links_version();
    board.lost("regime", "no server");
    let section = board.section("regime").unwrap();
    let us = Key::live("us").unwrap();
    assert_eq!((section.stale(&us), section.entries.len()), (Some("no server"), 1));
    assert_ne!(board.links_version(), before);
    board.current("regime");
    assert_eq!(board.section("regime").unwrap().stale(&us), None);
}

#[test]
fn a_value_that_cannot_be_read_is_a_fault_of_its_key_alone_until_the_next_good_one() {
    let board = live();
    put(&board, "us", 5);
    assert!(board.put("regime", arrival("us", 6, b"junk".to_vec())).is_err());
    let section = board.section("regime").unwrap();
    let us = Key::live("us").unwrap();
    assert!(section.stale(&us).unwrap().starts_with("revision 6 cannot be read"));
    assert_eq!(section.stale(&Key::live("other").unwrap()), None);
    assert_eq!(section.entries.values().next().unwrap().head.revision, 5);
    put(&board, "us", 7);
    assert_eq!(board.section("regime").unwrap().stale(&us), None);
}

#[test]
fn a_rejected_scan_is_news() {
    let board = live();
    put(&board, "us", 5);
    let mut seen = Seen::default();
    all(&board, &mut seen);
    board.put("regime", arrival("us", 6, rejected(6, "older session"))).unwrap();
    assert_eq!(all(&board, &mut seen), ["us:6"]);
}

#[test]
fn every_change_wakes_the_watchers() {
    let board = live();
    let mut watch = board.watch();
    for step in [0, 1, 2, 3] {
        watch.borrow_and_update();
        match step {
            0 => put(&board, "us", 5),
            1 => board.lost("regime", "gone"),
            2 => board.reset("regime", "e2"),
            _ => board.current("regime"),
        }
        assert!(watch.has_changed().unwrap(), "step {step}");
    }
}
