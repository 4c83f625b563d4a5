//! Instants, series and everything else that is read from a log.

use super::*;
use crate::memory::Mood;

#[tokio::test]
async fn an_instant_is_named_by_ordinal_session_or_id_and_answers_in_the_same_form() {
    let world = World::of(600);
    let now = world.ok("/api/regime/current").await;
    for at in ["300".to_owned(), day(300).to_string(), format!("sp500-{}", day(300))] {
        let then = world.ok(&format!("/api/v2/regime/current?at={at}")).await;
        assert_eq!(
            (&then["data"]["n"], &then["scan"]["ordinal"], &then["revision"]),
            (&json!(300), &json!(300), &json!(599))
        );
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&then), names(&now), "one schema");
    }
    for (at, n) in [("1", 1), ("256", 256), ("257", 257), ("600", 600)] {
        assert_eq!(world.ok(&format!("/api/regime?at={at}")).await["data"]["current"]["n"], n);
    }
}

#[tokio::test]
async fn a_past_answer_has_a_tag_of_its_own() {
    let world = World::of(10);
    let first = world.get("/api/regime/current?at=3").await;
    let tag = first.headers[http::header::ETAG].to_str().unwrap().to_owned();
    let again = world.ask("/api/regime/current?at=3", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(world.ask("/api/regime/current?at=4", &[("if-none-match", &tag)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_rejected_scan_shows_what_was_good_then() {
    let world = World::of(10);
    let then = world.ok("/api/regime/current?at=6").await;
    assert_eq!(
        (&then["status"], &then["data"]["n"], &then["scan"]["ordinal"]),
        (&json!("rejected"), &json!(5), &json!(5))
    );
}

#[tokio::test]
async fn a_scan_that_is_not_there_is_named_beside_those_that_are() {
    let world = World::of(10);
    for at in ["11", "2023-01-01", "2030-01-01", "sp500-2024-04-01", "us-broad-2024-03-02", "junk", "0", "2024-02-30"] {
        let answer = world.get(&format!("/api/regime/current?at={at}")).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (404, &json!("unknown_scan")), "{at}");
        assert_eq!(answer.body["available"], json!(["sp500-2024-03-01", "sp500-2024-03-10"]));
        assert!(answer.body["expected"].as_str().unwrap().contains("1 to 10"), "{}", answer.body);
    }
}

#[tokio::test]
async fn without_the_log_the_past_is_not_to_be_had_but_its_age_is_told_and_what_was_read_stays() {
    let world = World::of(10);
    world.ok("/api/regime/current?at=4").await;
    world.logs.set(Mood::Failing);
    assert_eq!(world.ok("/api/regime/current?at=4").await["data"]["n"], 4, "read before");
    assert_eq!(world.ok("/api/regime/current?at=10").await["data"]["n"], 10, "the newest is at hand");
    for path in
        ["/api/breadth/current?at=4", "/api/provenance/breadth", "/api/scans", "/api/breadth/series?fields=current.n"]
    {
        let answer = world.get(path).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (503, &json!("no_history")), "{path}");
        let last = &answer.body["last_good"];
        assert_eq!((&last["ordinal"], &last["age_seconds"]), (&json!(10), &json!(42)), "{path}: {}", answer.body);
    }
    world.logs.set(Mood::Answering);
}

#[tokio::test]
async fn a_silent_log_is_waited_for_until_its_limit_and_then_not_asked_until_it_is_tried_again() {
    let world = World::of(10);
    world.logs.set(Mood::Silent);
    let said = async || {
        let answer = world.get("/api/regime/current?at=4").await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (503, &json!("no_history")));
        answer.body["detail"].as_str().unwrap().to_owned()
    };
    for _ in 0..3 {
        assert_eq!(said().await, "the log gave no answer for 0.25 s");
    }
    assert!(said().await.contains("asked again in a moment"));
    world.logs.set(Mood::Answering);
    let back = async || Some(world.get("/api/regime/current?at=4").await).filter(|answer| answer.status == 200);
    bellwether_tests::eventually_async("it is tried again", Duration::from_secs(20), back).await;
}

#[tokio::test]
async fn a_log_slower_than_anybody_waits_is_read_all_the_same() {
    let world = World::of(10);
    world.logs.set(Mood::Late);
    let path = "/api/regime/series?fields=current.n&points=3";
    assert_eq!(world.get(path).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let there = async || Some(world.get(path).await).filter(|answer| answer.status == 200);
    bellwether_tests::eventually_async("what was asked for has come", Duration::from_secs(20), there).await;
}

#[tokio::test]
async fn a_series_known_before_is_called_stale_when_the_log_is_away() {
    let world = World::of(10);
    let path = "/api/regime/series?fields=current.n&points=3";
    assert_eq!(world.ok(path).await["status"], "ok");
    world.logs.set(Mood::Failing);
    assert_eq!(world.ok(path).await["status"], "ok", "it is known to be complete");
    world.put("regime", "sp500", 11);
    let stale = world.ok(path).await;
    assert_eq!((&stale["status"], &stale["columns"]["current.n"]), (&json!("stale"), &json!([8, 9, 10])));
}

#[tokio::test]
async fn a_series_has_a_column_per_field_and_nulls_where_a_scan_was_rejected() {
    let world = World::of(7);
    let series = world.ok("/api/regime/series?fields=current.n,current.deep.0,current.class&points=3").await;
    let columns = &series["columns"];
    assert_eq!(columns["ordinal"], json!([5, 6, 7]));
    assert_eq!(columns["current.n"], json!([5, null, 7]));
    assert_eq!(columns["current.deep.0"], json!([5, null, 7]));
    assert_eq!(columns["current.class"], json!(["choppy", null, "choppy"]));
    assert_eq!(columns["session"][0], json!("2024-03-05"));
    assert_eq!(columns["scan"][0], json!("sp500-2024-03-05"));
    assert_eq!(
        (&series["from"], &series["to"], &series["scans"], &series["points"]),
        (&json!(5), &json!(7), &json!(3), &json!(3))
    );
}

#[tokio::test]
async fn a_range_is_cut_by_any_name_of_a_scan_and_thinned_to_the_points_asked_for() {
    let world = World::of(600);
    let ordinals = async |query: &str| {
        let series = world.ok(&format!("/api/regime/series?fields=current.n&{query}")).await;
        (series["columns"]["ordinal"].as_array().unwrap().len(), series["from"].clone(), series["to"].clone())
    };
    assert_eq!(ordinals("from=2&to=4").await, (3, json!(2), json!(4)));
    assert_eq!(ordinals(&format!("from={}&to=sp500-{}", day(2), day(4))).await, (3, json!(2), json!(4)));
    assert_eq!(ordinals("from=2020-01-01&to=2024-03-04").await, (4, json!(1), json!(4)));
    assert_eq!(ordinals("at=100&points=10").await, (10, json!(91), json!(100)));
    assert_eq!(ordinals("from=9&to=8").await.0, 0);
    assert_eq!(ordinals("from=601").await.0, 0);
    let series = world.ok("/api/regime/series?fields=current.n&from=1&points=20").await;
    let columns = series["columns"]["ordinal"].as_array().unwrap();
    assert!(columns.len() <= 20 && columns[0] == 1 && columns[columns.len() - 1] == 600, "{columns:?}");
    assert_eq!(series["scans"], 600);
}

#[tokio::test]
async fn a_series_that_cannot_be_is_refused() {
    let world = World::of(300);
    for (query, status, code) in [
        ("fields=current.m", 404, "unknown_field"),
        ("fields=n", 400, "bad_parameter"),
        ("fields=", 400, "bad_parameter"),
        ("fields=a.b&points=0", 400, "bad_parameter"),
        ("fields=a.b&points=%2B5", 400, "bad_parameter"),
        ("fields=current.n&from=sp500-1999-01-01", 404, "unknown_scan"),
        ("fields=current.n&from=%20", 400, "bad_parameter"),
    ] {
        let answer = world.get(&format!("/api/regime/series?{query}")).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (status, &json!(code)), "{query} {}", answer.body);
    }
    let unknown = world.get("/api/regime/series?fields=current.m").await;
    assert_eq!(unknown.body["available"], json!(["current.class", "current.n"]));
}

#[tokio::test]
async fn a_series_comes_as_csv_when_that_is_wanted() {
    let world = World::of(7);
    let path = "/api/regime/series?fields=current.n,current.class&points=2";
    let csv = world.ask(path, &[("accept", "text/csv, application/json;q=0.5")]).await;
    assert_eq!(csv.headers[http::header::CONTENT_TYPE], "text/csv");
    let expected = "ordinal,session,as_of,scan,current.n,current.class\r\n\
        6,2024-03-06,2024-03-14T20:00:00Z,sp500-2024-03-06,,\r\n\
        7,2024-03-07,2024-03-14T20:00:00Z,sp500-2024-03-07,7,choppy\r\n";
    assert_eq!(csv.text, expected);
    let answer = world.ask(path, &[("accept", "image/png")]).await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (406, &json!("not_acceptable")));
}

#[tokio::test]
async fn the_overview_holds_every_section_and_says_what_is_missing() {
    let world = World::of(10);
    let now = world.ok("/api/overview").await;
    assert_eq!((&now["universe"], &now["ordinal"], &now["at"]), (&json!("sp500"), &json!(10), &json!(null)));
    let mut single = world.ok("/api/regime").await;
    assert_eq!(now["sections"]["regime"], single.take());
    assert_eq!(now["missing"], json!({}));
    let then = world.ok("/api/overview?at=2024-03-03").await;
    assert_eq!((&then["at"], &then["ordinal"]), (&json!("2024-03-03"), &json!(3)));
    assert_eq!(then["sections"]["breadth"]["data"]["current"]["n"], 3);
    let other = world.ok("/api/overview?universe=us-broad").await;
    assert_eq!(other["missing"]["breadth"]["code"], "unknown_universe");
    assert_eq!(world.get("/api/overview?universe=dax").await.status.as_u16(), 404);
    assert_eq!(world.get("/api/overview?at=99").await.body["code"], "unknown_scan");
}

#[tokio::test]
async fn sections_of_an_overview_agree_on_a_scan_unless_one_is_far_behind() {
    let world = World::of(10);
    world.put("regime", "sp500", 11);
    let shown = world.ok("/api/overview").await;
    assert_eq!((&shown["ordinal"], &shown["sections"]["regime"]["scan"]["ordinal"]), (&json!(10), &json!(10)));
    world.logs.set(Mood::Failing);
    world.put("regime", "sp500", 12);
    world.put("breadth", "sp500", 11);
    let shown = world.ok("/api/overview").await;
    assert_eq!((&shown["ordinal"], &shown["sections"]["regime"]["scan"]["ordinal"]), (&json!(null), &json!(12)));
    world.logs.set(Mood::Answering);
    for ordinal in 13..=16 {
        world.put("regime", "sp500", ordinal);
    }
    assert_eq!(world.ok("/api/overview").await["sections"]["regime"]["scan"]["ordinal"], 16);
}

#[tokio::test]
async fn the_timeline_has_every_scan_with_its_class() {
    let world = World::of(300);
    let line = world.ok("/api/timeline").await;
    assert_eq!((&line["first"], &line["last"]), (&json!(1), &json!(300)));
    let columns = &line["columns"];
    assert_eq!(columns["ordinal"].as_array().unwrap().len(), 300);
    assert_eq!((&columns["class"][4], &columns["class"][5]), (&json!("choppy"), &json!(null)));
    assert_eq!((&columns["status"][4], &columns["status"][5]), (&json!("ok"), &json!("rejected")));
    assert_eq!(columns["confidence"][0], json!(null));
    let upto = world.ok("/api/timeline?at=2024-03-04").await;
    assert_eq!(upto["columns"]["ordinal"], json!([1, 2, 3, 4]));
}

#[tokio::test]
async fn what_is_large_is_compressed_and_what_is_small_is_not() {
    let world = World::of(300);
    for (accept, path, encoding) in [
        ("gzip, zstd", "/api/timeline", Some("zstd")),
        ("gzip", "/api/timeline", Some("gzip")),
        ("identity", "/api/timeline", None),
        ("gzip, zstd", "/api/regime/current", None),
    ] {
        let answer = world.ask(path, &[("accept-encoding", accept)]).await;
        let found = answer.headers.get(http::header::CONTENT_ENCODING).map(|value| value.to_str().unwrap());
        assert_eq!(found, encoding, "{accept} {path}");
    }
}

#[tokio::test]
async fn the_description_is_served_to_programs_and_to_people() {
    let world = World::of(1);
    let description = world.ok("/api/openapi.json").await;
    assert_eq!(description["openapi"], "3.1.0");
    let page = world.get("/api/docs").await;
    assert_eq!(page.headers[http::header::CONTENT_TYPE], "text/html; charset=utf-8");
    for path in description["paths"].as_object().unwrap().keys().filter(|path| !path.starts_with("/api/v2")) {
        assert!(page.text.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(!page.text.contains("<script") && !page.text.contains(" style="), "the policy forbids it");
    assert_eq!(world.get("/api/docs.css").await.headers[http::header::CONTENT_TYPE], "text/css; charset=utf-8");
}
