//! The connections of a node, without connections.

use super::*;

#[derive(Default)]
struct Counter(AtomicUsize);

impl Outlet for Counter {
    fn due(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn seats(roster: &Arc<Roster>, count: usize, server: u64) -> Vec<(Seat, Arc<Counter>)> {
    let sit = |_| {
        let counter = Arc::new(Counter::default());
        (roster.sit(counter.clone(), server), counter)
    };
    (0..count).map(sit).collect()
}

#[tokio::test(start_paused = true)]
async fn everybody_is_woken_once_in_every_interval_but_not_all_at_once() {
    let roster = Roster::new(None);
    roster.beat_every(Duration::from_secs(15));
    let seats = seats(&roster, 40, 0);
    let mut most = 0;
    for _ in 0..3 {
        for _ in 0..150 {
            let before: usize = seats.iter().map(|(_, counter)| counter.0.load(Ordering::Relaxed)).sum();
            tokio::time::sleep(Duration::from_millis(100)).await;
            let after: usize = seats.iter().map(|(_, counter)| counter.0.load(Ordering::Relaxed)).sum();
            most = most.max(after - before);
        }
        assert!(seats.iter().all(|(seat, _)| seat.take_beat()), "at most 15 s of silence");
    }
    assert!(most <= 3, "{most} connections were woken within a tenth of a second");
}

#[test]
fn the_state_of_the_service_is_news_once() {
    let roster = Roster::new(None);
    let seats = seats(&roster, 3, 0);
    assert_eq!(seats[0].0.take_news(), None, "all is well until told otherwise");
    roster.tell_degraded(true);
    assert!(seats.iter().all(|(seat, counter)| counter.0.load(Ordering::Relaxed) == 1 && seat.take_news() == Some(true)));
    assert_eq!(seats[0].0.take_news(), None);
    let late = roster.sit(Arc::new(Counter::default()), 0);
    assert_eq!(late.take_news(), Some(true), "also to who came in between");
    roster.tell_degraded(false);
    assert_eq!((late.take_news(), late.take_news()), (Some(false), None));
}

#[test]
fn places_are_given_up_in_any_order() {
    let roster = Roster::new(None);
    let mut seats = seats(&roster, 100, 0);
    while !seats.is_empty() {
        let _ = seats.swap_remove(seats.len() * 7 / 11);
        let listed: usize = roster.steps.iter().map(|step| lock(step).len()).sum();
        assert_eq!((listed, roster.seated.load(Ordering::Relaxed)), (seats.len(), seats.len()));
        for (seat, _) in &seats {
            let slot = seat.station.slot.load(Ordering::Relaxed);
            assert!(Arc::ptr_eq(&lock(&roster.steps[seat.step])[slot], &seat.station));
        }
    }
}

#[test]
fn a_server_sends_only_its_own_away_and_spreads_them() {
    let roster = Roster::new(None);
    let (ours, theirs) = (seats(&roster, 4000, 1), seats(&roster, 5, 2));
    roster.close(Some(1));
    assert!(theirs.iter().all(|(seat, _)| seat.must_leave().is_none()));
    let delays: Vec<Duration> = ours.iter().map(|(seat, _)| seat.must_leave().unwrap()).collect();
    for second in 0..9 {
        let returning = delays.iter().filter(|delay| delay.as_secs() == second).count();
        assert!(returning <= 500, "{returning} in second {second}, more than a node lets in");
    }
    assert!(delays.iter().all(|delay| *delay < Duration::from_secs(9)), "and nobody waits for nothing");
    roster.close(None);
    assert_eq!(ours[0].0.must_leave(), Some(delays[0]), "the first word holds");
    assert!(roster.is_closing() && theirs.iter().all(|(seat, _)| seat.must_leave().is_some()));
}

#[tokio::test(start_paused = true)]
async fn who_has_been_here_long_enough_is_sent_away_in_time_but_not_with_all_the_others() {
    // Times that differ from the heartbeat's by far, in both directions.
    for longest in [Duration::from_secs(1), Duration::from_secs(290), Duration::from_secs(24 * 60 * 60)] {
        let roster = Roster::new(Some(longest));
        roster.beat_every(Duration::from_secs(15));
        roster.part_in_time();
        let mut staying = seats(&roster, 1000, 0);
        let began = Instant::now();
        let (mut gone, mut most) = (0, 0);
        tokio::time::sleep(longest.mul_f64(0.899)).await;
        assert!(staying.iter().all(|(seat, _)| seat.must_leave().is_none()), "nobody leaves before nine tenths of it");
        let late = seats(&roster, 10, 0);
        while !staying.is_empty() {
            tokio::time::sleep(longest / 200).await;
            let before = staying.len();
            staying.retain(|(seat, _)| {
                seat.must_leave().is_none_or(|delay| {
                    assert!(delay <= SHORTEST_SPREAD);
                    false
                })
            });
            most = most.max(before - staying.len());
            gone += before - staying.len();
        }
        let lasted = began.elapsed();
        assert!(lasted <= longest + longest / 50, "{lasted:?}, and not {longest:?}");
        assert_eq!(gone, 1000);
        assert!(most <= 250, "{most} of 1000 left within a two-hundredth of the time");
        assert!(late.iter().all(|(seat, _)| seat.must_leave().is_none()), "each has its own beginning");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_beyond_all_clocks_is_no_limit() {
    let roster = Roster::new(Some(Duration::MAX));
    roster.part_in_time();
    let seats = seats(&roster, 3, 0);
    tokio::time::sleep(Duration::from_secs(1_000_000)).await;
    assert!(seats.iter().all(|(seat, _)| seat.must_leave().is_none()));
}

#[derive(Default)]
struct Forgotten(AtomicUsize);

impl Watched for Forgotten {
    fn check(&self, longest: Duration) {
        assert_eq!(longest, Duration::from_secs(30));
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_carried_by_somebody_else_is_looked_at_however_long_there_was_nobody() {
    let roster = Roster::new(None);
    roster.check_watched(Duration::from_secs(30));
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let forgotten = Arc::new(Forgotten::default());
        let watched: Arc<dyn Watched> = forgotten.clone();
        roster.watch(Arc::downgrade(&watched));
        tokio::time::sleep(LONGEST_CHECK * 10).await;
        assert!((9..=11).contains(&forgotten.0.load(Ordering::Relaxed)), "{:?} in the time of ten", forgotten.0);
    }
    tokio::time::sleep(LONGEST_CHECK * 2).await;
    assert!(roster.watched().is_empty(), "those that are gone are forgotten");
    drop(roster);
    tokio::time::sleep(LONGEST_CHECK).await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0, "and with the roster goes whoever looks after them");
}
