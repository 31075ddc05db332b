//! Smaller payloads on which the judges still disagree.

use serde_json::Value;

use super::judges::{Judgement, Judges, Payload};

/// Each round asks about all smaller forms of every finding at once: processes are what costs time.
const ROUNDS: usize = 12;

/// Makes findings smaller, one step of one of them after the other.
pub(crate) fn shrink(judges: &Judges, findings: &mut [(Payload, Judgement)]) {
    for _ in 0..ROUNDS {
        let mut smaller: Vec<(usize, Payload)> = Vec::new();
        for (at, (payload, _)) in findings.iter().enumerate() {
            let value: Value = serde_json::from_str(&payload.text).expect("a payload is JSON");
            let mut forms = Vec::new();
            steps(&value, &mut |form| forms.push(form.to_string()));
            // The same value as a serialiser writes it is smaller, too, in what there is to understand.
            forms.push(value.to_string());
            forms.retain(|text| text.len() < payload.text.len());
            smaller.extend(forms.into_iter().map(|text| (at, Payload { text, ..payload.clone() })));
        }
        if smaller.is_empty() {
            return;
        }
        let payloads: Vec<Payload> = smaller.iter().map(|(_, payload)| payload.clone()).collect();
        for ((at, payload), judgement) in smaller.into_iter().zip(judges.ask(&payloads)) {
            if !judgement.problems.is_empty() && payload.text.len() < findings[at].0.text.len() {
                findings[at] = (payload, judgement);
            }
        }
    }
}

/// Every value that is one step smaller.
fn steps(value: &Value, found: &mut dyn FnMut(Value)) {
    match value {
        Value::Array(list) => {
            for at in 0..list.len() {
                found(list[at].clone());
                let mut shorter = list.clone();
                shorter.remove(at);
                found(Value::Array(shorter));
                steps(&list[at], &mut |inner| {
                    let mut changed = list.clone();
                    changed[at] = inner;
                    found(Value::Array(changed));
                });
            }
        }
        Value::Object(map) => {
            for (key, entry) in map {
                let mut shorter = map.clone();
                shorter.remove(key);
                found(Value::Object(shorter));
                steps(entry, &mut |inner| {
                    let mut changed = map.clone();
                    changed.insert(key.clone(), inner);
                    found(Value::Object(changed));
                });
            }
        }
        Value::String(text) if text.chars().nth(1).is_some() => {
            let half = text.chars().count() / 2;
            found(text.chars().take(half).collect::<String>().into());
            found(text.chars().skip(half).collect::<String>().into());
        }
        Value::Number(number) if number.to_string().len() > 1 => found(Value::from(1)),
        _ => {}
    }
}
