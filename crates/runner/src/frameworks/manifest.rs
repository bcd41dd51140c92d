//! The list of frameworks: `frameworks.toml`, beside the programs that use them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use breakroom_record::user_error::user_error;

/// The file that lists a folder's frameworks.
const MANIFEST: &str = "frameworks.toml";

/// A framework.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// Its name on the command line and in reports.
    pub name: String,
    /// The program that uses it, relative to the manifest.
    pub script: PathBuf,
    /// The group of packages that it runs with.
    pub group: String,
    /// The package whose version reports show.
    pub package: String,
    /// Whether it only runs if it is named.
    #[serde(default)]
    pub on_request: bool,
}

/// The frameworks of a folder.
#[derive(Debug)]
pub struct FrameworkManifest {
    /// The folder of the programs.
    pub folder: PathBuf,
    /// The program that installs groups of packages.
    pub environments: PathBuf,
    /// The frameworks, in the order of reports.
    pub frameworks: Vec<Framework>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    environments: PathBuf,
    #[serde(rename = "framework")]
    frameworks: Vec<Framework>,
}

impl FrameworkManifest {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// The manifest is missing or malformed.
    pub fn read(folder: &Path) -> Result<FrameworkManifest> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}: run this in a checkout of Breakroom, or name its folder of frameworks with --from",
                path.display()
            )
        })?;
        let file: ManifestFile =
            toml::from_str(&text).with_context(|| format!("{} is malformed", path.display()))?;
        Ok(FrameworkManifest {
            folder: folder.to_owned(),
            environments: folder.join(file.environments),
            frameworks: file.frameworks,
        })
    }

    /// The frameworks with these names, in the manifest's order. Without names, all except those on request.
    ///
    /// # Errors
    /// No framework has one of the names.
    pub fn choose(&self, names: &[String]) -> Result<Vec<&Framework>> {
        let known = |name: &String| self.frameworks.iter().any(|it| it.name == *name);
        if let Some(unknown) = names.iter().find(|name| !known(name)) {
            let known: Vec<&str> = self.frameworks.iter().map(|it| it.name.as_str()).collect();
            let known = known.join(", ");
            return Err(user_error(format!(
                "there is no framework {unknown:?}: there are {known}"
            )));
        }
        let chosen = |framework: &&Framework| match names {
            [] => !framework.on_request,
            names => names.contains(&framework.name),
        };
        Ok(self.frameworks.iter().filter(chosen).collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shipped() -> FrameworkManifest {
        FrameworkManifest::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frameworks"))
            .unwrap()
    }

    #[test]
    fn every_program_and_group_of_the_manifest_is_there_and_none_is_left_out() {
        let manifest = shipped();
        let requirements = manifest.environments.with_file_name("requirements");
        for framework in &manifest.frameworks {
            assert!(
                manifest.folder.join(&framework.script).exists(),
                "{framework:?}"
            );
            let pins = requirements.join(format!("{}.txt", framework.group));
            let pins = std::fs::read_to_string(pins).unwrap();
            let pinned = format!("{}==", framework.package);
            assert!(
                pins.lines().any(|line| line.starts_with(&pinned)),
                "{framework:?}"
            );
        }
        let scripts = manifest.folder.read_dir().unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            (path.extension()? == "py").then_some(path)
        });
        assert_eq!(
            scripts.count(),
            manifest.frameworks.len() + 1,
            "each and worker.py"
        );
    }

    #[test]
    fn what_is_on_request_has_to_be_named() {
        let manifest = shipped();
        let names = |chosen: &[&str]| -> Vec<String> {
            let chosen: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
            let chosen = manifest.choose(&chosen).unwrap().into_iter();
            chosen.map(|framework| framework.name.clone()).collect()
        };
        assert!(!names(&[]).contains(&"crewai".to_owned()));
        assert_eq!(names(&["crewai", "openai"]), ["openai", "crewai"]);
        let refused = manifest.choose(&["nothing".to_owned()]).unwrap_err();
        assert!(
            refused.is::<breakroom_record::user_error::UserError>(),
            "{refused}"
        );
    }
}
