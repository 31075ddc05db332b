//! Warnings whose cause may come many times a second.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a warning that was said holds.
const PAUSE: Duration = Duration::from_secs(60);

/// Decides when a warning is due: the first time, and then once a minute at most.
#[derive(Debug, Default)]
pub(crate) struct Complaint(Mutex<Option<Said>>);

#[derive(Clone, Copy, Debug)]
struct Said {
    when: Instant,
    unsaid: u64,
}

impl Complaint {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// There is cause for it once more. How many times there was since it was said last, this one included; nothing while that holds.
    pub(crate) fn due(&self) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unsaid = said.map_or(0, |said| said.unsaid) + 1;
        match &mut *said {
            Some(said) if said.when.elapsed() < PAUSE => {
                said.unsaid = unsaid;
                None
            }
            _ => {
                *said = Some(Said { when: Instant::now(), unsaid: 0 });
                Some(unsaid)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_has_cause_all_the_time_is_said_at_once_and_then_once_a_minute_with_its_number() {
        let complaint = Complaint::default();
        let mut said = Vec::new();
        for second in 0..150 {
            for _ in 0..10 {
                said.extend(complaint.due().map(|times| (second, times)));
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(said, [(0, 1), (60, 600), (120, 600)]);
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(complaint.due(), Some(300), "those that were left out are not forgotten");
    }
}
