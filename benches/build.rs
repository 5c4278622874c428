//! Records what the benchmark was built with: the compiler and the versions of the runtimes compared.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    let lock = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", lock.display());

    let rustc = Command::new(env::var("RUSTC").expect("cargo sets it")).arg("-V").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo::rustc-env=BENCH_RUSTC={}", rustc.expect("the compiler that builds this runs"));

    let lock = fs::read_to_string(lock).expect("the workspace has a lock file");
    for package in ["tokio", "heist", "smol", "flume", "async-channel"] {
        println!("cargo::rustc-env=BENCH_{}={}", package.to_uppercase().replace('-', "_"), version_of(package, &lock));
    }
}

/// The version of `package` in the text of a `Cargo.lock`.
fn version_of<'a>(package: &str, lock: &'a str) -> &'a str {
    let name = format!("name = \"{package}\"");
    let version = lock.lines().skip_while(|line| *line != name).nth(1).unwrap_or_default();
    version.trim_start_matches("version = ").trim_matches('"')
}
