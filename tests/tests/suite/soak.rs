//! A short life of a plugin among healthy and broken sessions. The long one: `tests/extended`.

use tests::package;
use tests::soak::Soak;

#[test]
fn many_sessions_of_all_kinds_end_once_and_leave_nothing_behind() {
    // Few at once, so that sessions go on beginning to the end: one that leaves something behind makes each quarter hold
    // more than the one before.
    let soak = Soak { chunks: 20_000, at_once: 20, seed: 20_260_101 };
    let report = soak.run(package::installed()).unwrap_or_else(|problem| panic!("seed {}: {problem}", soak.seed));
    eprint!("{report}");
    assert!(report.chunks >= soak.chunks);
    report.flat().unwrap_or_else(|problem| panic!("{problem}:\n{report}"));
}
