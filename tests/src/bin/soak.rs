//! A long life of an installed plugin ([`tests::soak`]): prints what passed and what the process held; fails if a session
//! went wrong or something grew.

use std::process::ExitCode;

use tests::daemon::install::Installed;
use tests::package;
use tests::soak::Soak;

const USAGE: &str = "\
usage: soak [--package FILE] [--chunks N] [--at-once N] [--seed N]
  --package  a package; without one the debug build is packed first
  --chunks   chunks of streams that must pass (1000000)
  --at-once  sessions at once (400)
  --seed     what everything follows from; without one, the time";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut soak = Soak { chunks: 1_000_000, at_once: 400, seed: since.map_or(0, |since| since.as_secs()) };
    let mut installed = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        let number = || value.parse::<u64>().map_err(|_| USAGE.to_owned());
        let count = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        match name.as_str() {
            "--package" => {
                installed = Some(Installed::new(value.as_ref(), &package::own_scratch().join("soak")));
            }
            "--chunks" => soak.chunks = count()?,
            "--at-once" => soak.at_once = count()?.max(1),
            "--seed" => soak.seed = number()?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    eprintln!("seed {}", soak.seed);
    let report = soak.run(installed.as_ref().unwrap_or_else(|| package::installed()))?;
    eprint!("{report}");
    report.flat()
}
