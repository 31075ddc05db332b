//! The end of a scenario: everything settles, and the judge is asked.

use std::{
    collections::HashSet,
    fmt::Write as _,
    time::{Duration, Instant},
};

use hyper::Method;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{SETTLING, Stage, Verdict, wanted};
use crate::{
    client::Client,
    http,
    journal::{Answer, Diary, Intent, Position, Seen, Sight, Truth},
    oracle::{Case, judge},
};

impl Stage {
    /// Ends the run: what is to be published is, and every client reached the end of each of its channels.
    pub(crate) async fn settle(&mut self) -> Result<(), String> {
        self.stop_publishing().await;
        for client in &self.clients {
            if !client.until_sent(SETTLING).await {
                return Err(format!("{} could not publish everything", client.name));
            }
        }
        let channels: HashSet<String> = self.clients.iter().flat_map(|client| wanted(&client.diary().sights)).collect();
        // Nobody may need a later event to learn of the last one.
        for channel in &channels {
            let Truth { head, entries, .. } = self.truth(channel).await?;
            let event = entries.last().map_or("", |(_, event, _)| event);
            self.until_everybody_is_at(channel, head, event).await?;
        }
        for channel in &channels {
            let last = self.publish_now(channel, 1).await?;
            self.until_everybody_is_at(channel, last, "noted").await?;
        }
        Ok(())
    }

    async fn until_everybody_is_at(&self, channel: &str, position: Position, event: &str) -> Result<(), String> {
        for (at, client) in self.clients.iter().enumerate() {
            let filter = client.diary().filter;
            let excluded = |intent: &Intent| {
                intent.excluded.as_ref() == Some(&client.name)
                    && intent.attempts.iter().any(|attempt| matches!(attempt.answer, Answer::Stored { at, .. } if at == position))
            };
            let filtered = !event.is_empty() && !filter.is_empty() && !filter.contains(&event);
            if wanted(&client.diary().sights).contains(channel) && !filtered && !self.ledger.all().iter().any(excluded) {
                let reached = |sights: &[Sight]| sights.iter().rev().any(|sight| sight.is_at(channel, position));
                self.until(at, &format!("reaches {position} in {channel}"), reached).await?;
            }
        }
        Ok(())
    }

    /// What the store holds of a channel.
    async fn truth(&self, channel: &str) -> Result<Truth, String> {
        let node = self.nodes.iter().flatten().next().ok_or("no node runs")?;
        let target = format!("/realtime/history?limit=1000&channel={channel}");
        let patient = async {
            loop {
                // A busy machine may need more than the broker is given.
                match http::once(node.address(), Method::GET, &target, None).await {
                    Ok((200, page)) => return page,
                    _ => sleep(Duration::from_millis(100)).await,
                }
            }
        };
        let page = timeout(SETTLING, patient).await.map_err(|_| format!("the history of {channel} cannot be read"))?;
        let entry = |event: &Value| {
            let at = event["id"].as_str().unwrap_or_default().parse()?;
            let name = event["event"].as_str().unwrap_or_default().to_owned();
            Ok::<_, String>((at, name, event["data"]["token"].as_str().map(ToOwned::to_owned)))
        };
        let entries = page["events"].as_array().into_iter().flatten().map(entry).collect::<Result<_, _>>()?;
        Ok(Truth { channel: channel.to_owned(), entries, head: page["cursor"].as_str().unwrap_or_default().parse()? })
    }

    pub(crate) async fn judge(&mut self) -> Result<Verdict, String> {
        let diaries: Vec<Diary> = self.clients.iter().map(Client::diary).collect();
        let intents = self.ledger.all();
        let channels: HashSet<&str> = intents.iter().map(|intent| intent.channel.as_str()).collect();
        let mut truths = Vec::new();
        for channel in channels {
            truths.push(self.truth(channel).await?);
        }
        let latency = latency(&intents, &diaries);
        let case = Case { intents, diaries, truths, allowance: self.allowance };
        let judgement = judge(&case);
        Ok(Verdict { latency, journals: if judgement.violations.is_empty() { String::new() } else { write_out(&case) }, judgement })
    }

    /// What everybody saw so far, for a run that did not get to its end.
    pub(crate) fn journals(&self) -> String {
        let diaries = self.clients.iter().map(Client::diary).collect();
        write_out(&Case { intents: self.ledger.all(), diaries, truths: Vec::new(), allowance: self.allowance })
    }
}

fn latency(intents: &[Intent], diaries: &[Diary]) -> Option<Duration> {
    let ended =
        |intent: &Intent| intent.attempts.iter().find(|attempt| matches!(attempt.answer, Answer::Stored { .. })).map(|found| found.ended);
    let published: std::collections::HashMap<&str, Instant> =
        intents.iter().filter_map(|intent| Some((intent.token.as_str(), ended(intent)?))).collect();
    let arrived = |sight: &Sight| match &sight.seen {
        Seen::Event { token: Some(token), .. } => Some(sight.at.saturating_duration_since(*published.get(token.as_str())?)),
        _ => None,
    };
    let mut latencies: Vec<_> = diaries.iter().flat_map(|diary| &diary.sights).filter_map(arrived).collect();
    latencies.sort_unstable();
    latencies.get(latencies.len() * 99 / 100).copied()
}

fn write_out(case: &Case) -> String {
    let mut text = String::new();
    let begin = case.intents.iter().filter_map(|intent| intent.attempts.first()).map(|attempt| attempt.began).min();
    let since = |at: Instant| begin.map_or(0.0, |begin| at.saturating_duration_since(begin).as_secs_f64());
    for intent in &case.intents {
        let _ = write!(text, "publish {} to {} by {}, keyed {}:", intent.token, intent.channel, intent.caller, intent.keyed);
        for attempt in &intent.attempts {
            let _ = write!(text, " [{:.3} to {:.3}] {:?}", since(attempt.began), since(attempt.ended), attempt.answer);
        }
        text.push('\n');
    }
    for truth in &case.truths {
        let _ = writeln!(text, "store {} at {}: {:?}", truth.channel, truth.head, truth.entries.first().map(|(at, ..)| at.to_string()));
    }
    for diary in &case.diaries {
        for sight in &diary.sights {
            let _ = writeln!(text, "{} {:.3} {:?}", diary.client, since(sight.at), sight.seen);
        }
    }
    text
}
