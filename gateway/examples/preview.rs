//! The page over made-up but typed values, for work on the page itself.
//!
//! `cargo run -p bellwether-gateway --example preview -- 8099`; with `SAMPLE=1` the data says that it is a sample, with
//! `LOSE=breadth` that section's link is lost after the first results, with `EMPTY=1` there are none, with `EVERY=200`
//! a scan follows every 200 ms.

use bellwether_gateway::{Arrival, Backend, Board, GatewayOptions, Log, bind, memory::MemoryLogs};
use bellwether_schemas::{
    Basis, Coverage, Date, Key, Quality, ScanRef, Side, Status, Stored, breadth, calendar::Exchange, codec, regime,
};
use bytes::Bytes;
use std::{collections::BTreeMap, env, path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const SESSIONS: usize = 160;

/// Pseudo-random in −1 … 1, the same on every run.
struct Walk(u64);

impl Walk {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

struct Market {
    walk: Walk,
    share: f64,
    line: i64,
    above: [f64; 6],
    changes: Vec<regime::Change>,
    standing: Option<(regime::Class, String, Date, u64)>,
}

/// One universe on its way.
struct Universe {
    key: Key,
    market: Market,
    exchange: &'static Exchange,
    day: Date,
    ordinal: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port: u16 = env::args().nth(1).map_or(Ok(8099), |port| port.parse())?;
    let board = Arc::new(Board::new(["regime", "breadth", "momentum"]));
    let past = Arc::new(MemoryLogs::default());
    for section in board.names() {
        board.reset(section, "2024-01-02T09:00:00Z");
    }
    let names: &[&str] = if env::var("EMPTY").is_ok() { &[] } else { &["us-broad", "sp500"] };
    let mut universes = names.iter().map(|name| Universe::new(name)).collect::<anyhow::Result<Vec<_>>>()?;
    for _ in 0..SESSIONS {
        advance(&mut universes, &board, &past)?;
    }
    for section in board.names() {
        board.current(section);
    }
    if let Ok(section) = env::var("LOSE") {
        board.lost(&section, "no answer from the broker for 3 s");
    }
    let bound = bind(([127, 0, 0, 1], port).into())?;
    let web = Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("web"));
    let options = GatewayOptions { web, heartbeat: Duration::from_secs(5), ..GatewayOptions::new(bound.address) };
    let shutdown = CancellationToken::new();
    let backend = Backend {
        board: board.clone(),
        history: past.clone(),
        submit: None,
        ops: Arc::default(),
        replays: None,
        lanes: None,
    };
    let served = tokio::spawn(bound.serve(options, backend, shutdown.clone()));
    let mut every =
        tokio::time::interval(Duration::from_millis(env::var("EVERY").map_or(Ok(60_000), |ms| ms.parse())?));
    every.tick().await;
    loop {
        tokio::select! {
            _ = every.tick(), if env::var("EVERY").is_ok() => advance(&mut universes, &board, &past)?,
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    shutdown.cancel();
    served.await?
}

impl Universe {
    fn new(name: &str) -> anyhow::Result<Self> {
        let exchange = Exchange::of("XNYS")?;
        let today = exchange.date_of(bellwether_schemas::Timestamp::now());
        let before = std::iter::successors(exchange.previous_session(today), |&day| exchange.previous_session(day));
        let day = before.take(SESSIONS + 1).last().unwrap_or(today);
        Ok(Self { key: Key::live(name)?, market: Market::new(name.len() as u64), exchange, day, ordinal: 0 })
    }
}

/// One session more of every universe.
fn advance(universes: &mut [Universe], board: &Board, past: &MemoryLogs) -> anyhow::Result<()> {
    for universe in universes {
        universe.day = universe.exchange.next_session(universe.day).unwrap_or(universe.day);
        universe.ordinal += 1;
        let scan = scan(universe.key.universe(), universe.ordinal, universe.day, universe.exchange);
        let market = &mut universe.market;
        let momentum = serde_json::json!({"leaders": {"strength": market.share, "symbols": ["AAPL", "MSFT", "NVDA"],
            "weakest": null, "weakest_reason": "fewer than 252 bars"}, "breadth_model": {"version": 3, "fitted": true}});
        for (section, body) in [
            ("regime", stored(&scan, market.regime(&scan))),
            ("breadth", stored(&scan, market.breadth())),
            ("momentum", stored(&scan, momentum)),
        ] {
            let key = universe.key.clone();
            let revision = past.append(&Log::Results(section.into()), &key, BTreeMap::new(), body.clone());
            board.put(section, Arrival { key, revision, body })?;
        }
    }
    Ok(())
}

fn scan(universe: &str, ordinal: u64, day: Date, exchange: &Exchange) -> ScanRef {
    ScanRef {
        ordinal,
        id: Some(format!("{universe}-{day}")),
        session: Some(day),
        as_of: Some(exchange.close_of(day)),
        basis: Some(Basis::Close),
        exchange: Some(exchange.code.to_owned()),
        sample: env::var("SAMPLE").is_ok(),
    }
}

fn stored<O: serde::Serialize>(scan: &ScanRef, output: O) -> Bytes {
    let value = Stored::<O, ()> {
        schema: "preview/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: scan.clone(),
        coverage: Some(Coverage { listed: 3049, eligible: 3006, share: 3006.0 / 3049.0 }),
        quality: Quality::Ok,
        quality_reason: None,
        parts: Some(output),
        state: None,
    };
    codec::encode(&value).into()
}

impl Market {
    fn new(seed: u64) -> Self {
        Self { walk: Walk(seed), share: 0.62, line: 41_000, above: [0.5; 6], changes: Vec::new(), standing: None }
    }

    fn regime(&mut self, scan: &ScanRef) -> regime::Output {
        self.share = (self.share + 0.07 * self.walk.next()).clamp(0.08, 0.92);
        let bounds = [0.0, 0.20, 0.35, 0.45, 0.55, 0.65, 0.80];
        let at = bounds.iter().rposition(|&bound| self.share >= bound).unwrap_or(0);
        let class = regime::Class::ALL[at];
        let posterior = posterior(self.share);
        let confidence = posterior[&class];
        let (id, day) = (scan.id.clone().unwrap_or_default(), scan.session.unwrap_or_default());
        match &mut self.standing {
            Some((standing, _, _, scans)) if *standing == class => *scans += 1,
            standing => {
                let from = standing.as_ref().map(|(class, ..)| *class);
                *standing = Some((class, id.clone(), day, 1));
                self.changes.push(change(day, id, from, class, confidence));
            }
        }
        let (_, since, session, scans) = self.standing.clone().unwrap_or((class, String::new(), day, 1));
        let long_hits = (100.0 * self.share) as u32;
        let short_hits = 100 - long_hits;
        let current = regime::Current {
            class: Some(class),
            class_reason: None,
            confidence: Some(confidence),
            confidence_reason: None,
            posterior: Some(posterior.clone()),
            posterior_reason: None,
            long_hits,
            short_hits,
            share: Some(self.share),
            share_reason: None,
            smoothed_share: Some(self.share),
            smoothed_share_reason: None,
            ratio: Some(f64::from(long_hits) / f64::from(short_hits)),
            ratio_reason: None,
            since: Some(regime::Since { scan: since, session }),
            since_reason: None,
            scans_in_class: Some(scans),
            scans_in_class_reason: None,
            flip: Some(regime::Flip { side: Side::Long, hits: 9, scans: 1, to: regime::Class::ALL[(at + 1).min(6)] }),
            flip_reason: None,
            breadth: Some(regime::Consistency {
                opposing_share: Some(0.61),
                opposing_share_reason: None,
                factor: 0.5,
                conflict: false,
            }),
            breadth_reason: None,
        };
        let history = regime::History {
            changes: self.changes.iter().rev().take(20).rev().cloned().collect(),
            distribution: regime::Distribution {
                sessions_7: Some(posterior.clone()),
                sessions_7_reason: None,
                days_7: Some(posterior),
                days_7_reason: None,
            },
            entropy: regime::Entropy {
                recent: Some(2.1),
                recent_reason: None,
                all: Some(2.5),
                all_reason: None,
                n: scan.ordinal,
                alarm: false,
            },
        };
        regime::Output { current, history, prediction: prediction(self.share) }
    }

    fn breadth(&mut self) -> breadth::Output {
        let advances = (3000.0 * (0.5 + 0.35 * self.walk.next())) as u32;
        let declines = 2960 - advances.min(2960);
        self.line += i64::from(advances) - i64::from(declines);
        let advance_share = f64::from(advances) / f64::from(advances + declines);
        let before = self.above;
        for (index, above) in self.above.iter_mut().enumerate() {
            *above = (*above + (advance_share - 0.5) / (3.0 + 3.0 * index as f64)).clamp(0.05, 0.95);
        }
        let averages = [5, 10, 20, 50, 100, 200].into_iter().enumerate().map(|(index, n)| breadth::Average {
            n,
            above: (3000.0 * self.above[index]) as u32,
            have: 3000,
            share: Some(self.above[index]),
            share_reason: None,
            change_share: Some(self.above[index] - before[index]),
            change_share_reason: None,
            crossed_up: vec!["AAPL".to_owned()],
            crossed_down: vec![],
        });
        breadth::Output {
            sma: breadth::Sma { averages: averages.collect() },
            volume: breadth::Volume {
                up_volume: 1.92e9 * (0.5 + advance_share),
                down_volume: 3.11e9 * (1.5 - advance_share),
                unchanged_volume: 2.0e7,
                up_volume_share: Some(0.38),
                up_volume_share_reason: None,
                trin: Some(1.05),
                trin_reason: None,
                trin_open10: None,
                trin_open10_reason: Some("10 sessions needed, 4 seen".to_owned()),
                ninety_percent_day: None,
                ninety_percent_day_reason: None,
                volume_line: 0.0,
            },
            current: breadth::Current {
                advances,
                declines,
                unchanged: 46,
                net_advances: i64::from(advances) - i64::from(declines),
                advance_share: Some(advance_share),
                advance_share_reason: None,
                ad_line: self.line,
                new_highs: 38,
                new_lows: 121,
                new_highs_close: 30,
                new_lows_close: 100,
                record_high_share: Some(0.24),
                record_high_share_reason: None,
                high_low_index: Some(0.31),
                high_low_index_reason: None,
                rana: Some(-220.0),
                rana_reason: None,
                mcclellan_ema19: Some(-30.0),
                mcclellan_ema19_reason: None,
                mcclellan_ema39: Some(32.4),
                mcclellan_ema39_reason: None,
                mcclellan_oscillator: Some(-62.4),
                mcclellan_oscillator_reason: None,
                mcclellan_summation: Some(-1284.2),
                mcclellan_summation_reason: None,
                zweig_ema10: Some(0.47),
                zweig_ema10_reason: None,
                zweig_thrust: breadth::Thrust {
                    active: false,
                    session: None,
                    session_reason: Some("no thrust so far".to_owned()),
                },
                sectors: vec![],
            },
        }
    }
}

fn prediction(share: f64) -> regime::Prediction {
    let forecast = |at: usize| regime::Forecast {
        probabilities: Some(posterior(share)),
        probabilities_reason: None,
        rps: Some(0.12 + 0.02 * at as f64),
        rps_reason: None,
        brier: Some(0.72),
        brier_reason: None,
        log_loss: Some(1.6),
        log_loss_reason: None,
        rps_skill: Some(0.2 - 0.1 * at as f64),
        rps_skill_reason: None,
        rps_lead_z: None,
        rps_lead_z_reason: Some("made up".to_owned()),
        n: 0,
        reliability: Vec::new(),
    };
    let all = [regime::Forecaster::Logistic, regime::Forecaster::Transition, regime::Forecaster::Persistence];
    let all = all.into_iter().chain([regime::Forecaster::Climatology]).enumerate();
    regime::Prediction {
        horizon_sessions: 5,
        best: regime::Forecaster::Logistic,
        skilful: true,
        forecasters: all.map(|(at, forecaster)| (forecaster, forecast(at))).collect(),
    }
}

fn posterior(share: f64) -> regime::PerClass {
    let middles = [0.1, 0.275, 0.4, 0.5, 0.6, 0.725, 0.9];
    let weights = middles.map(|middle| 1.0 / (0.002 + (share - middle) * (share - middle)));
    let total: f64 = weights.iter().sum();
    regime::Class::ALL.into_iter().zip(weights).map(|(class, weight)| (class, weight / total)).collect()
}

fn change(
    session: Date,
    scan: String,
    from: Option<regime::Class>,
    to: regime::Class,
    confidence: f64,
) -> regime::Change {
    let from_reason = from.is_none().then(|| "the first class".to_owned());
    regime::Change {
        session,
        scan,
        from,
        from_reason,
        to: Some(to),
        to_reason: None,
        confidence: Some(confidence),
        confidence_reason: None,
    }
}
