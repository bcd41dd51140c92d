//! The commit that the program is built from, for `breakroom --version`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=BREAKROOM_COMMIT");
    for path in [".git/HEAD", ".git/logs/HEAD"] {
        if std::path::Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let named = std::env::var("BREAKROOM_COMMIT").ok();
    let commit = named.or_else(|| {
        let git = Command::new("git")
            .args(["rev-parse", "--short", "HEAD"])
            .output()
            .ok()?;
        git.status
            .success()
            .then(|| String::from_utf8_lossy(&git.stdout).trim().to_owned())
    });
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    match commit.filter(|commit| !commit.is_empty()) {
        Some(commit) => println!("cargo::rustc-env=BREAKROOM_VERSION={version} ({commit})"),
        None => println!("cargo::rustc-env=BREAKROOM_VERSION={version}"),
    }
}
