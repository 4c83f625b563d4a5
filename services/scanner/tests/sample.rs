//! The made-up market is the same everywhere, and worth looking at.

use bellwether_scanner::sample::{LAST_SESSION, SESSIONS, Sample, UNIVERSE};
use bellwether_schemas::{Bars, bars::Bar, calendar::Exchange, codec};
use std::collections::{BTreeMap, BTreeSet};

fn history() -> Vec<Bars> {
    Sample::new().take(SESSIONS as usize).collect()
}

/// A change here changes every figure ever shown of the sample: change the name of the universe with it.
#[test]
fn the_sample_is_the_same_on_every_machine() {
    let digest = |ordinal: usize| codec::digest(&codec::encode(&Sample::new().nth(ordinal - 1).unwrap()));
    assert_eq!(
        [1, 500, 1260, 1500].map(digest),
        ["1ff8015f0d92e938", "bd8a4222a4c87e47", "2553dee7faf30082", "d6e7d11cee6876e4"]
    );
}

#[test]
fn any_ordinal_can_be_the_first() {
    for ordinal in [0, 1, 2, 700] {
        let mut late = Sample::starting_at(ordinal);
        assert_eq!(late.next_ordinal(), ordinal.max(1));
        assert_eq!(late.next(), Sample::new().nth(ordinal.saturating_sub(1) as usize), "{ordinal}");
    }
}

#[test]
fn sessions_are_those_of_the_exchange_up_to_the_last_and_beyond() {
    let exchange = Exchange::by_code("XNYS").unwrap();
    let sessions: Vec<_> = Sample::new().take(SESSIONS as usize + 100).map(|bars| bars.session).collect();
    assert_eq!(sessions[SESSIONS as usize - 1], LAST_SESSION);
    let calendar: Vec<_> = exchange.sessions(sessions[0]).take(sessions.len()).collect();
    assert_eq!(sessions, calendar);
}

#[test]
fn every_message_is_sound_and_says_that_it_is_a_sample() {
    for bars in history() {
        bars.check().unwrap();
        assert!(bars.sample && bars.adjusted && bars.universe == UNIVERSE);
        assert_eq!(
            bars.benchmarks.symbols.iter().collect::<Vec<_>>(),
            ["BWX500", "BWXEQ", "BWXSML", "BWXTEC", "BWXVOL"]
        );
        for at in 0..bars.benchmarks.symbols.len() {
            assert!(is_consistent(bars.benchmarks.bar(at)), "{}", bars.session);
        }
        for at in 0..bars.stocks.symbols.len() {
            let bar = bars.stocks.bar(at);
            bar.eligible().unwrap();
            assert_eq!(bar.volume, bar.volume.trunc());
            assert_eq!((bar.close * 100.0).round() / 100.0, bar.close);
        }
    }
}

fn is_consistent(bar: Bar) -> bool {
    bar.low > 0.0 && bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close)
}

#[test]
fn companies_come_go_pause_and_err() {
    let history = history();
    let mut seen: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let (mut quiet, mut wrong) = (0, 0);
    for (day, bars) in history.iter().enumerate() {
        for (at, symbol) in bars.stocks.symbols.iter().enumerate() {
            let (_, last, count) = seen.entry(symbol.to_owned()).or_insert((day, day, 0));
            (*last, *count) = (day, *count + 1);
            let bar = bars.stocks.bar(at);
            quiet += usize::from(bar.volume == 0.0);
            wrong += usize::from(!is_consistent(bar));
        }
    }
    let late = seen.values().filter(|(first, ..)| *first > 20).count();
    let gone = seen.values().filter(|(_, last, _)| *last + 20 < history.len()).count();
    let missing: usize = seen.values().map(|(first, last, count)| last - first + 1 - count).sum();
    assert_eq!((seen.len(), history[0].sectors.len()), (500, 11));
    assert!((30..=50).contains(&late) && (15..=35).contains(&gone), "late {late}, gone {gone}");
    assert!((200..=800).contains(&missing) && (10..=60).contains(&quiet), "missing {missing}, quiet {quiet}");
    assert!((3..=30).contains(&wrong), "wrong {wrong}");
    let sectors: BTreeSet<u8> = history[0].sector.iter().copied().collect();
    assert_eq!(sectors.len(), 11);
}

#[test]
fn the_market_rises_falls_and_panics() {
    let history = history();
    let level: Vec<f64> = history.iter().map(|bars| bars.benchmarks.bar(0).close).collect();
    let fear: Vec<f64> = history.iter().map(|bars| bars.benchmarks.bar(4).close).collect();
    let (mut peak, mut fall) = (0.0_f64, 0.0_f64);
    for close in &level {
        peak = peak.max(*close);
        fall = fall.max(1.0 - close / peak);
    }
    assert!(fall > 0.2 && level[level.len() - 1] > level[0], "fall {fall}");
    let (calm, panic) = fear.iter().fold((f64::MAX, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));
    assert!(calm < 13.0 && panic > 35.0, "{calm} {panic}");
    let share = |pair: &[Bars]| {
        let moves = pair[1].stocks.symbols.iter().enumerate().filter_map(|(at, symbol)| {
            let before = pair[0].stocks.symbols.position(symbol)?;
            Some(pair[1].stocks.close[at] > pair[0].stocks.close[before])
        });
        let moves: Vec<bool> = moves.collect();
        moves.iter().filter(|up| **up).count() as f64 / moves.len() as f64
    };
    let shares: Vec<f64> = history.windows(2).map(share).collect();
    assert!(shares.iter().any(|share| *share > 0.9) && shares.iter().any(|share| *share < 0.1));
}
