//! Every input that was kept, and those that fuzzing begins with, through the check of its target.

use std::fs;
use std::path::Path;

/// The kept inputs of a target, by name.
fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(target);
    let files = fs::read_dir(&directory).unwrap_or_else(|_| panic!("{target} has no corpus"));
    let mut kept: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    kept.sort();
    kept
}

/// Checks all inputs of a target; says which one fails.
fn check(target: &str) {
    let check = fuzzing::TARGETS.iter().find(|(name, _)| *name == target).unwrap().1;
    let seeds =
        fuzzing::seeds::of(target).into_iter().enumerate().map(|(number, input)| (format!("seed {number}"), input));
    for (name, input) in kept(target).into_iter().chain(seeds) {
        if std::panic::catch_unwind(|| check(&input)).is_err() {
            panic!("{target}: {name}: {}", input.escape_ascii());
        }
    }
}

macro_rules! corpora {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                check(stringify!($target));
            }
        )*

        #[test]
        fn every_target_is_checked() {
            let mut checked = [$(stringify!($target)),*];
            checked.sort_unstable();
            assert_eq!(fuzzing::TARGETS.map(|(name, _)| name), checked);
        }
    };
}

corpora!(answers credentials endpoints events frames keys lines multipart specs);

#[test]
fn every_protocol_is_decoded_and_answered() {
    assert_eq!(fuzzing::events::PROTOCOLS.map(|(id, _)| id).to_vec(), fuzzing::seeds::protocols());
    let events = fuzzing::seeds::of("events");
    for id in fuzzing::seeds::protocols() {
        let first = format!("{id} ");
        assert!(events.iter().any(|input| input.starts_with(first.as_bytes())), "no plugin offers {id}");
    }
    assert!(fuzzing::seeds::of("answers").len() >= 2 * fuzzing::events::PROTOCOLS.len());
}
