//! Installs the packages of frameworks, with the same program that creates the environments of the clients.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::manifest::{Framework, FrameworkManifest};

/// A framework whose packages are installed.
#[derive(Debug)]
pub struct InstalledFramework {
    /// The framework.
    pub framework: Framework,
    /// The installed version of its package.
    pub version: String,
    /// The shell command that starts its program.
    pub command: String,
}

/// Creates missing environments, and reads the installed versions.
///
/// # Errors
/// An environment cannot be created, or does not contain the package.
pub fn prepare(
    manifest: &FrameworkManifest,
    chosen: &[&Framework],
) -> Result<Vec<InstalledFramework>> {
    let groups: BTreeSet<&str> = chosen.iter().map(|it| it.group.as_str()).collect();
    let pythons = pythons(&manifest.environments, &groups)?;
    let ready = chosen.iter().map(|framework| {
        let python = &pythons[framework.group.as_str()];
        let script = manifest.folder.join(&framework.script);
        Ok(InstalledFramework {
            framework: (*framework).clone(),
            version: version(python, &framework.package)?,
            command: format!("exec {} {}", quoted(python), quoted(&script)),
        })
    });
    ready.collect()
}

/// The Python interpreter of each group.
fn pythons<'a>(program: &Path, groups: &BTreeSet<&'a str>) -> Result<HashMap<&'a str, PathBuf>> {
    let said = output(Command::new("python3").arg(program).args(groups)).with_context(|| {
        let groups: Vec<&str> = groups.iter().copied().collect();
        format!("cannot install the packages of {}", groups.join(", "))
    })?;
    let pythons = said
        .lines()
        .map(|folder| Path::new(folder).join("bin/python"));
    Ok(groups.iter().copied().zip(pythons).collect())
}

fn version(python: &Path, package: &str) -> Result<String> {
    let ask = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))";
    let said = output(Command::new(python).args(["-c", ask, package]));
    let said = said.with_context(|| format!("{package} is not in {}", python.display()))?;
    Ok(said.trim().to_owned())
}

/// The standard output of a program. Its standard error is shown.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_owned();
    let ended = command.stderr(Stdio::inherit()).output();
    let ended = ended.with_context(|| format!("cannot run {}", name.display()))?;
    anyhow::ensure!(
        ended.status.success(),
        "{} failed: {}",
        name.display(),
        ended.status
    );
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// A path, quoted for a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
