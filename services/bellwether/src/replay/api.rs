//! What the gateway asks about lanes.

use super::{Ask, Shown, Speed, make};
use anyhow::{Context, Result, anyhow, bail};
use bellwether_gateway::{Action, Replays, WantedReplay};
use bellwether_harness::{
    Bus,
    lane::{self, Runner, Wanted},
};
use bellwether_schemas::{Key, Refusal, names};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// The replay service answers at once or is not there.
const PATIENCE: Duration = Duration::from_secs(3);

/// Lanes by way of the broker: whoever runs them hears of it.
#[derive(Debug, Clone)]
pub(crate) struct BusReplays(pub(crate) Bus);

impl BusReplays {
    async fn shown(&self, name: &str) -> Result<Option<Value>> {
        let Some(found) = lane::find(&self.0, name).await? else { return Ok(None) };
        Ok(Some(serde_json::to_value(Shown::of(&self.0, found).await?)?))
    }

    async fn made(&self, wanted: WantedReplay) -> Result<Value> {
        let bound = |field: &str, text: Option<String>| match text {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|expected: String| Refusal::new(field, text, expected)),
        };
        let ask = Ask {
            universe: wanted.universe,
            from: bound("from", wanted.from)?,
            to: bound("to", wanted.to)?,
            speed: wanted.speed.unwrap_or(Speed::Max),
            lane: wanted.lane,
            services: wanted.services,
            set: wanted.set,
            from_bars: wanted.from_bars,
            runner: Runner::Service,
        };
        if let Some(name) = &ask.lane
            && lane::find(&self.0, name).await?.is_some()
        {
            return Err(Refusal::new("lane", name, "a name that is free, or that lane deleted first").into());
        }
        let lane = make(&self.0, &ask).await?;
        Ok(serde_json::to_value(Shown::of(&self.0, lane).await?)?)
    }

    async fn acted(&self, name: &str, action: Action) -> Result<Option<Value>> {
        let Some(found) = lane::find(&self.0, name).await? else { return Ok(None) };
        match action {
            Action::Show => {}
            Action::Pause => lane::want(&self.0, name, &Wanted::Paused).await?,
            Action::Cancel => lane::want(&self.0, name, &Wanted::Cancelled).await?,
            Action::Resume(speed) => {
                // Who resumes it here has no process of his own: from now on it is the service's.
                let change = |plan: &mut lane::Plan| {
                    plan.runner = Runner::Service;
                    plan.speed = speed.map_or_else(|| plan.speed.clone(), |speed| speed.to_string());
                };
                lane::revise(&self.0, name, change).await?;
                lane::want(&self.0, name, &Wanted::Running).await?;
            }
            Action::Delete => {
                lane::delete(&self.0, name).await?;
                return Ok(Some(json!({"lane": name, "deleted": true, "bytes": found.bytes})));
            }
        }
        self.shown(name).await
    }

    async fn proof(&self, key: &Key) -> Result<Value> {
        let client = self.0.client();
        let asked = client.request(names::VERIFY, key.to_string().into());
        let answer = timeout(PATIENCE, asked).await.map_err(|_| anyhow!("the replay service does not answer"))?;
        let answer = answer.context("no replay service runs: `bellwether up`, or `bellwether run replay`")?;
        let answer: Value = serde_json::from_slice(&answer.payload)?;
        match answer["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(answer),
        }
    }
}

impl Replays for BusReplays {
    fn list(&self) -> BoxFuture<'_, Result<Vec<Value>>> {
        async {
            let mut rows = Vec::new();
            for lane in lane::list(&self.0).await? {
                // One that is deleted meanwhile is no fault of the list.
                if let Ok(row) = Shown::of(&self.0, lane).await {
                    rows.push(serde_json::to_value(row)?);
                }
            }
            Ok(rows)
        }
        .boxed()
    }

    fn create(&self, wanted: WantedReplay) -> BoxFuture<'_, Result<Value>> {
        self.made(wanted).boxed()
    }

    fn act<'a>(&'a self, lane: &'a str, action: Action) -> BoxFuture<'a, Result<Option<Value>>> {
        self.acted(lane, action).boxed()
    }

    fn verify<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Value>> {
        self.proof(key).boxed()
    }
}
