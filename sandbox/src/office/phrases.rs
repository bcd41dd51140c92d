//! The data files of `sandbox/office/`, as types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
/// `people.toml`.
pub(super) struct PeopleData {
    pub(super) domain: String,
    pub(super) roles: Vec<Role>,
    pub(super) first_names: Vec<String>,
    pub(super) last_names: Vec<String>,
    pub(super) near_names: Vec<[String; 2]>,
    pub(super) company_names: Vec<String>,
    pub(super) company_kinds: Vec<String>,
    pub(super) letters: BTreeMap<char, String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) title: String,
    pub(super) count: usize,
    pub(super) board: Option<String>,
    #[serde(default)]
    pub(super) sells: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
/// `work.toml`.
pub(super) struct WorkPhrases {
    pub(super) series: Vec<MeetingSeries>,
    pub(super) meeting_kinds: Vec<String>,
    pub(super) meeting_topics: Vec<String>,
    pub(super) customer_meetings: Vec<String>,
    pub(super) boards: BTreeMap<String, BoardPhrases>,
    pub(super) notes: NotePhrases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeetingSeries {
    pub(super) name: String,
    pub(super) weekday: u32,
    pub(super) start: String,
    pub(super) minutes: i64,
    pub(super) every: i64,
    pub(super) with: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardPhrases {
    pub(super) verbs: Vec<String>,
    pub(super) things: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotePhrases {
    pub(super) first: Vec<String>,
    pub(super) later: Vec<String>,
    pub(super) last: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
/// `mail.toml`.
pub(super) struct MailPhrases {
    pub(super) openings: Vec<String>,
    pub(super) closings: Vec<String>,
    pub(super) acknowledgements: Vec<String>,
    #[serde(rename = "kind")]
    pub(super) kinds: Vec<MailKind>,
    pub(super) outside: ExternalMail,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailKind {
    pub(super) about: MailTopic,
    /// Whether each subject belongs to the body at the same index.
    #[serde(default)]
    pub(super) paired: bool,
    pub(super) subjects: Vec<String>,
    pub(super) bodies: Vec<String>,
    pub(super) replies: Vec<String>,
}

/// What a mail is about.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum MailTopic {
    #[serde(rename = "coming event")]
    ComingEvent,
    #[serde(rename = "past event")]
    PastEvent,
    #[serde(rename = "cancelled event")]
    CancelledEvent,
    #[serde(rename = "task")]
    Task,
    #[serde(rename = "customer")]
    Customer,
    #[serde(rename = "account")]
    Account,
    #[serde(rename = "traffic")]
    Traffic,
    #[serde(rename = "office")]
    Office,
    #[serde(rename = "outside")]
    Outside,
    #[serde(rename = "digest")]
    Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExternalMail {
    pub(super) senders: Vec<String>,
}

macro_rules! data {
    ($(#[$doc:meta])* $name:ident: $kind:ty = $file:literal) => {
        $(#[$doc])*
        pub(super) fn $name() -> &'static $kind {
            static DATA: LazyLock<$kind> = LazyLock::new(|| {
                toml::from_str(include_str!(concat!("../../office/", $file))).expect(concat!($file, " is valid: a test reads it"))
            });
            &DATA
        }
    };
}

data!(people: PeopleData = "people.toml");
data!(work: WorkPhrases = "work.toml");
data!(mails: MailPhrases = "mail.toml");

/// Replaces each `{name}` in a phrase with its value.
pub(super) fn fill_placeholders(phrase: impl AsRef<str>, values: &[(&str, &str)]) -> String {
    let mut text = phrase.as_ref().to_owned();
    for (name, value) in values {
        let placeholder = format!("{{{name}}}");
        if text.contains(&placeholder) {
            text = text.replace(&placeholder, value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_subjects_have_a_body_each() {
        for kind in mails().kinds.iter().filter(|kind| kind.paired) {
            assert_eq!(kind.subjects.len(), kind.bodies.len());
        }
    }
}
