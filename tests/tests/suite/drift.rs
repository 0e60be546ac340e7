//! What is committed is what the specs say.

use std::fs;

use tests::package;

#[test]
fn generated_files_are_fresh() {
    let output = package::generator().arg("--check").output().expect("it runs");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    // The report names the stale files and the command that repairs them.
    assert_eq!(output.status.code(), Some(0), "{said}\nRepair with: cargo gen");
}

#[test]
fn a_package_is_the_same_bytes_every_time() {
    for plugin in package::plugins() {
        let directory = package::own_scratch().join(&plugin);
        package::installed_of(&plugin);
        let again = package::pack(&plugin, &package::debug_executable(&plugin), &directory.join("again"));
        let first = fs::read(package::package_in(&directory)).expect("the first package can be read");
        assert!(first == fs::read(again).expect("the second package can be read"), "{plugin}");
    }
}
