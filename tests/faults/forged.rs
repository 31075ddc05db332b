//! Forged journals: an honest run is acquitted, and each way of breaking a promise is found.

use std::{collections::HashSet, time::Instant};

use crate::{
    journal::{Answer, Attempt, Diary, Intent, Kind, Position, Seen, Sight, Truth, fingerprint},
    oracle::{Allowance, Case, Crime, judge},
};

const ROOM: &str = "room/1";
const EPOCH: u64 = 0xa;

fn at(number: u64) -> Position {
    Position { epoch: EPOCH, number, id: if number == 0 { (0, 0) } else { (1000 + number, 0) } }
}

/// The same number on a branch that came after a rollback.
fn branch(number: u64) -> Position {
    Position { id: (5000 + number, 0), ..at(number) }
}

fn elsewhere(number: u64) -> Position {
    Position { epoch: EPOCH + 1, ..at(number) }
}

fn token(position: Position) -> String {
    format!("t-{position}")
}

fn confirmed(position: Position) -> Intent {
    intent(&token(position), Answer::Stored { at: position, duplicate: false })
}

fn intent(token: &str, answer: Answer) -> Intent {
    let now = Instant::now();
    Intent {
        caller: "ann".to_owned(),
        channel: ROOM.to_owned(),
        event: "noted",
        kind: Kind::Stored,
        token: token.to_owned(),
        fingerprint: fingerprint(token, ""),
        keyed: true,
        excluded: None,
        attempts: vec![Attempt { began: now, ended: now, answer }],
    }
}

fn event(position: Position) -> Seen {
    saw(&token(position), Some(position))
}

fn saw(token: &str, at: Option<Position>) -> Seen {
    Seen::Event {
        channel: ROOM.to_owned(),
        event: "noted".to_owned(),
        at,
        token: Some(token.to_owned()),
        fingerprint: fingerprint(token, ""),
    }
}

fn asked(after: Option<Position>) -> Seen {
    Seen::Asked { channel: ROOM.to_owned(), after }
}

fn fresh(cursor: Position) -> Seen {
    Seen::Subscribed { channel: ROOM.to_owned(), resumed: false, cursor }
}

fn resumed(cursor: Position) -> Seen {
    Seen::Subscribed { channel: ROOM.to_owned(), resumed: true, cursor }
}

fn gap(reason: &str, from: Position, cursor: Position, missed: Option<u64>) -> Seen {
    Seen::Gap { channel: ROOM.to_owned(), reason: reason.to_owned(), from: Some(from), cursor, missed }
}

fn begun() -> Vec<Seen> {
    vec![Seen::Opened, asked(None), fresh(at(0))]
}

fn back(after: Position) -> [Seen; 3] {
    [Seen::Ended { why: "cut".to_owned() }, Seen::Opened, asked(Some(after))]
}

fn diary(client: &str, seen: impl IntoIterator<Item = Seen>) -> Diary {
    let sights = seen.into_iter().map(|seen| Sight { at: Instant::now(), seen }).collect();
    Diary { client: client.to_owned(), transport: "forged", filter: Vec::new(), sights }
}

fn store(positions: impl IntoIterator<Item = Position>, head: Position) -> Truth {
    let entries = positions.into_iter().map(|position| (position, "noted".to_owned(), Some(token(position)))).collect();
    Truth { channel: ROOM.to_owned(), entries, head }
}

/// Five confirmed events, and a client that saw what it says.
fn five(seen: impl IntoIterator<Item = Seen>) -> Case {
    Case {
        intents: (1..=5).map(at).map(confirmed).collect(),
        diaries: vec![diary("bob", begun().into_iter().chain(seen))],
        truths: vec![store((1..=5).map(at), at(5))],
        allowance: Allowance { reasons: &["trimmed", "slow"], ..Allowance::default() },
    }
}

fn honest() -> Case {
    let seen: Vec<Seen> = (1..=3).map(at).map(event).chain(back(at(3))).chain([resumed(at(3)), event(at(4)), event(at(5))]).collect();
    five(seen)
}

fn crimes(case: &Case) -> HashSet<Crime> {
    judge(case).violations.into_iter().map(|violation| violation.crime).collect()
}

#[track_caller]
fn convicts(case: &Case, crime: Crime) {
    let judgement = judge(case);
    assert!(judgement.violations.iter().any(|violation| violation.crime == crime), "{crime:?} was not found: {:?}", judgement.violations);
}

#[track_caller]
fn acquits(case: &Case) {
    let judgement = judge(case);
    assert!(judgement.violations.is_empty(), "{:?}", judgement.violations);
}

#[test]
fn an_honest_run_is_acquitted_and_counted() {
    acquits(&honest());
    let counts = judge(&honest()).counts;
    assert_eq!((counts.published, counts.confirmed, counts.delivered["forged"], counts.reconnects), (5, 5, 5, 1));
    assert_eq!((counts.lost, counts.duplicated, counts.silent), (0, 0, 0));
}

#[test]
fn honest_gaps_are_acquitted() {
    acquits(&five([event(at(1)), gap("slow", at(1), at(4), Some(3)), event(at(5))]));
    let seen = [event(at(1))].into_iter().chain(back(at(1))).chain([gap("trimmed", at(1), at(3), Some(2)), event(at(4)), event(at(5))]);
    let case = five(seen);
    acquits(&case);
    assert_eq!(judge(&case).counts.gaps["trimmed"], 1);
}

#[test]
fn a_hole_without_a_gap_is_silent() {
    convicts(&five([event(at(1)), event(at(3)), event(at(4)), event(at(5))]), Crime::Silent);
    assert_eq!(judge(&five([event(at(1)), event(at(3)), event(at(4)), event(at(5))])).counts.silent, 1);
}

#[test]
fn a_resume_that_skips_is_silent() {
    let seen = [event(at(1))].into_iter().chain(back(at(1))).chain([resumed(at(1)), event(at(5))]);
    convicts(&five(seen), Crime::Silent);
}

#[test]
fn a_fresh_start_instead_of_a_resume_is_silent() {
    let seen = [event(at(1))].into_iter().chain(back(at(1))).chain([fresh(at(4)), event(at(5))]);
    convicts(&five(seen), Crime::Silent);
}

#[test]
fn another_life_without_a_gap_is_silent() {
    let mut case = honest();
    case.allowance = Allowance { anew: true, reasons: &["epoch"], ..case.allowance };
    case.intents.push(confirmed(elsewhere(1)));
    case.diaries[0].sights.push(Sight { at: Instant::now(), seen: event(elsewhere(1)) });
    case.truths = vec![store([elsewhere(1)], elsewhere(1))];
    convicts(&case, Crime::Silent);
    let last = case.diaries[0].sights.len() - 1;
    case.diaries[0].sights.insert(last, Sight { at: Instant::now(), seen: gap("epoch", at(5), elsewhere(0), None) });
    acquits(&case);
}

#[test]
fn a_missing_end_is_lost() {
    let case = five((1..=4).map(at).map(event));
    convicts(&case, Crime::Lost);
    convicts(&case, Crime::Behind);
    assert_eq!(judge(&case).counts.lost, 1);
}

#[test]
fn an_event_that_comes_twice_is_a_duplicate() {
    convicts(&five((1..=5).map(at).map(event).chain([event(at(5))])), Crime::Duplicate);
    let seen = (1..=5).map(at).map(event).chain(back(at(5))).chain([resumed(at(5)), event(at(5))]);
    convicts(&five(seen), Crime::Duplicate);
    assert_eq!(judge(&five((1..=5).map(at).map(event).chain([event(at(5))]))).counts.duplicated, 1);
}

#[test]
fn a_transient_event_that_comes_twice_is_a_duplicate() {
    let mut case = five((1..=5).map(at).map(event).chain([saw("blink", None)]));
    case.intents.push(Intent { kind: Kind::Transient, ..intent("blink", Answer::Passed) });
    acquits(&case);
    let again = case.diaries[0].sights.last().unwrap().clone();
    case.diaries[0].sights.push(again);
    convicts(&case, Crime::Duplicate);
}

#[test]
fn numbers_that_fall_are_disorder() {
    convicts(&five([event(at(1)), event(at(3)), event(at(2)), event(at(4)), event(at(5))]), Crime::Order);
}

#[test]
fn two_clients_that_see_different_events_at_one_place_are_a_mismatch() {
    let mut case = honest();
    let seen = begun().into_iter().chain((1..=5).map(|number| if number == 2 { saw("t-other", Some(at(2))) } else { event(at(number)) }));
    case.diaries.push(diary("cid", seen));
    case.intents.push(intent("t-other", Answer::Unknown));
    convicts(&case, Crime::Mismatch);
}

#[test]
fn another_content_than_the_published_one_is_a_mismatch() {
    let mut case = honest();
    case.intents[0].fingerprint += 1;
    convicts(&case, Crime::Mismatch);
}

#[test]
fn an_event_on_another_channel_than_the_published_one_is_a_mismatch() {
    let mut case = honest();
    case.intents[0].channel = "room/2".to_owned();
    convicts(&case, Crime::Mismatch);
}

#[test]
fn an_event_that_nobody_published_is_invented() {
    let mut case = honest();
    case.intents.remove(1);
    convicts(&case, Crime::Invented);
}

/// Three events were lost with a crash; numbers 4 and 5 were used again.
fn rolled_back(seen: impl IntoIterator<Item = Seen>) -> Case {
    let other = begun().into_iter().chain((1..=3).map(at).map(event)).chain((4..=6).map(branch).map(event));
    Case {
        intents: (1..=5).map(at).chain((4..=6).map(branch)).map(confirmed).collect(),
        diaries: vec![diary("bob", begun().into_iter().chain(seen)), diary("cid", other)],
        truths: vec![store((1..=3).map(at).chain((4..=6).map(branch)), branch(6))],
        allowance: Allowance { reasons: &["rollback"], rollback: true, anew: false },
    }
}

#[test]
fn a_rollback_that_is_told_is_acquitted() {
    let lost = (1..=5).map(at).map(event);
    acquits(&rolled_back(lost.chain([gap("rollback", at(5), at(3), None), event(branch(4)), event(branch(5)), event(branch(6))])));
}

#[test]
fn a_new_branch_after_a_lost_one_without_a_gap_is_found() {
    let case = rolled_back((1..=5).map(at).map(event).chain([event(branch(6))]));
    convicts(&case, Crime::Branch);
    assert_eq!(judge(&case).counts.silent, 1);
    let resuming = (1..=5).map(at).map(event).chain(back(at(5))).chain([resumed(at(5)), event(branch(6))]);
    convicts(&rolled_back(resuming), Crime::Branch);
}

#[test]
fn a_number_used_again_without_a_rollback_is_a_mismatch() {
    let lost = (1..=5).map(at).map(event);
    let mut case = rolled_back(lost.chain([gap("rollback", at(5), at(3), None), event(branch(4)), event(branch(5)), event(branch(6))]));
    case.allowance.rollback = false;
    convicts(&case, Crime::Mismatch);
}

#[test]
fn a_key_that_stores_twice_is_found() {
    let mut case = five([event(at(1)), event(at(2)), event(at(3)), saw("t-again", Some(at(4))), saw("t-again", Some(at(5)))]);
    case.intents.truncate(3);
    let stored = |number| Answer::Stored { at: at(number), duplicate: false };
    let (first, second) = (intent("t-again", stored(4)), intent("t-again", stored(5)));
    case.intents.push(Intent { attempts: [first.attempts, second.attempts].concat(), ..intent("t-again", Answer::Unknown) });
    case.truths.clear();
    convicts(&case, Crime::StoredTwice);
}

#[test]
fn two_attempts_that_both_say_they_stored_are_found() {
    let mut case = honest();
    let again = case.intents[4].attempts[0].clone();
    case.intents[4].attempts.push(again);
    convicts(&case, Crime::StoredTwice);
    case.intents[4].attempts[1].answer = Answer::Stored { at: at(5), duplicate: true };
    acquits(&case);
}

#[test]
fn an_unconfirmed_event_may_appear_once_but_not_twice() {
    let mut case = honest();
    case.intents[4].attempts[0].answer = Answer::Unknown;
    acquits(&case);
    case.intents.retain(|intent| intent.token != token(at(4)));
    for sight in &mut case.diaries[0].sights {
        if sight.seen == event(at(4)) {
            sight.seen = saw(&token(at(5)), Some(at(4)));
        }
    }
    case.truths.clear();
    convicts(&case, Crime::StoredTwice);
    convicts(&case, Crime::Duplicate);
}

#[test]
fn publishes_that_waited_keep_their_order() {
    let mut case = honest();
    case.intents.swap(1, 2);
    convicts(&case, Crime::CallerOrder);
    case.intents[1].caller = "someone else".to_owned();
    acquits(&case);
}

#[test]
fn a_refused_event_that_is_there_is_found() {
    let mut case = honest();
    case.intents[2].attempts[0].answer = Answer::Refused(4101);
    convicts(&case, Crime::RefusedButThere);
}

#[test]
fn a_gap_begins_where_the_client_stands() {
    convicts(&five([event(at(1)), event(at(2)), gap("slow", at(1), at(4), Some(3)), event(at(5))]), Crime::GapFrom);
}

#[test]
fn a_gap_counts_right_or_not_at_all_only_where_it_cannot() {
    convicts(&five([event(at(1)), gap("slow", at(1), at(4), Some(2)), event(at(5))]), Crime::GapMissed);
    convicts(&five([event(at(1)), gap("slow", at(1), at(4), None), event(at(5))]), Crime::GapMissed);
    let lost = (1..=5).map(at).map(event);
    let counted = gap("rollback", at(5), at(3), Some(2));
    convicts(&rolled_back(lost.chain([counted, event(branch(4)), event(branch(5)), event(branch(6))])), Crime::GapMissed);
}

#[test]
fn a_hole_has_one_gap() {
    let twice = [event(at(1)), gap("slow", at(1), at(3), Some(2)), gap("slow", at(3), at(4), Some(1)), event(at(5))];
    convicts(&five(twice), Crime::GapTwice);
}

#[test]
fn a_gap_over_nothing_is_found() {
    convicts(&five((1..=5).map(at).map(event).chain([gap("slow", at(5), at(5), None)])), Crime::GapEmpty);
}

#[test]
fn a_gap_that_nothing_explains_is_found() {
    convicts(&five([event(at(1)), gap("hole", at(1), at(4), Some(3)), event(at(5))]), Crime::GapReason);
}

#[test]
fn an_event_before_the_outcome_is_found() {
    let seen =
        [event(at(1))].into_iter().chain(back(at(1))).chain([event(at(2)), resumed(at(1)), event(at(3)), event(at(4)), event(at(5))]);
    convicts(&five(seen), Crime::NoOutcome);
    let left = [event(at(1)), Seen::Left { channel: ROOM.to_owned() }, event(at(2))];
    convicts(&five(left), Crime::NoOutcome);
}

#[test]
fn a_resume_from_elsewhere_is_found() {
    let seen = (1..=3).map(at).map(event).chain(back(at(3))).chain([resumed(at(2)), event(at(4)), event(at(5))]);
    convicts(&five(seen), Crime::Outcome);
}

#[test]
fn an_excluded_event_is_no_hole_for_the_one_that_excluded_it_and_for_nobody_else() {
    let mut case = five([event(at(1)), event(at(3)), event(at(4)), event(at(5))]);
    case.intents[1].excluded = Some("bob".to_owned());
    acquits(&case);
    case.intents[1].excluded = Some("cid".to_owned());
    assert_eq!(crimes(&case), HashSet::from([Crime::Silent, Crime::Lost]));
}

#[test]
fn a_gap_may_begin_behind_an_event_that_the_client_excluded_and_nowhere_else() {
    let mut case = five([event(at(1)), gap("slow", at(2), at(4), Some(2)), event(at(5))]);
    convicts(&case, Crime::GapFrom);
    case.intents[1].excluded = Some("bob".to_owned());
    acquits(&case);
}

/// Events 2 and 3 are of the kind of which only the newest counts, or 2, 3 and 5.
fn of_latest(numbers: &[usize], seen: impl IntoIterator<Item = Seen>) -> Case {
    let mut case = five(seen);
    for number in numbers {
        case.intents[number - 1].event = "moved";
        "moved".clone_into(&mut case.truths[0].entries[number - 1].1);
    }
    for sight in &mut case.diaries[0].sights {
        if let Seen::Event { event, at: Some(at), .. } = &mut sight.seen
            && numbers.contains(&usize::try_from(at.number).unwrap())
        {
            "moved".clone_into(event);
        }
    }
    case
}

#[test]
fn what_a_newer_one_replaced_is_no_hole_but_the_newest_is() {
    acquits(&of_latest(&[2, 3], [event(at(1)), event(at(3)), event(at(4)), event(at(5))]));
    acquits(&of_latest(&[2, 3, 5], [event(at(1)), event(at(4)), event(at(5))]));
    convicts(&of_latest(&[2, 3], [event(at(1)), event(at(2)), event(at(4)), event(at(5))]), Crime::Silent);
    convicts(&of_latest(&[3], [event(at(1)), event(at(3)), event(at(4)), event(at(5))]), Crime::Silent);
}

#[test]
fn what_a_client_filters_is_no_hole_and_everything_else_is() {
    let mut case = of_latest(&[2, 3], [event(at(1)), event(at(4)), event(at(5))]);
    convicts(&case, Crime::Silent);
    case.diaries[0].filter = vec!["noted"];
    acquits(&case);
    case.diaries[0].filter = vec!["moved"];
    convicts(&case, Crime::Silent);
}

#[test]
fn who_leaves_and_comes_back_fresh_is_owed_nothing_in_between() {
    let left = [event(at(1)), Seen::Left { channel: ROOM.to_owned() }, asked(None), fresh(at(3)), event(at(4)), event(at(5))];
    acquits(&five(left));
}

#[test]
fn a_store_that_forgot_what_everybody_saw_is_behind() {
    let mut case = honest();
    case.truths = vec![store((1..=4).map(at), at(4))];
    convicts(&case, Crime::Behind);
}

fn position(cursor: Position) -> Seen {
    Seen::Position { channel: ROOM.to_owned(), cursor }
}

#[test]
fn a_position_behind_what_was_for_others_is_honest_and_any_other_is_not() {
    let told = |cursor| {
        let mut case = five([event(at(1)), position(cursor), event(at(4)), event(at(5))]);
        case.intents[1].excluded = Some("bob".to_owned());
        case.intents[2].excluded = Some("bob".to_owned());
        case
    };
    acquits(&told(at(2)));
    acquits(&told(at(3)));
    assert_eq!(judge(&told(at(3))).counts.positions, 1);
    convicts(&told(at(4)), Crime::Silent);
    convicts(&told(at(0)), Crime::Silent);
    convicts(&told(elsewhere(2)), Crime::Silent);
    let mut resuming =
        five([event(at(1)), position(at(3))].into_iter().chain(back(at(3))).chain([resumed(at(3)), event(at(4)), event(at(5))]));
    convicts(&resuming, Crime::Silent);
    resuming.intents[1].excluded = Some("bob".to_owned());
    resuming.intents[2].excluded = Some("bob".to_owned());
    acquits(&resuming);
}

#[test]
fn a_position_before_the_outcome_is_found() {
    let seen = [event(at(1))].into_iter().chain(back(at(1))).chain([position(at(2)), resumed(at(1)), event(at(2)), event(at(3))]);
    let mut case = five(seen.chain([event(at(4)), event(at(5))]));
    case.intents[1].excluded = Some("bob".to_owned());
    convicts(&case, Crime::NoOutcome);
}
