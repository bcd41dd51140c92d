//! The list of faults, and how they are asked for.

use serde::Serialize;

/// Declares the faults once, each with its name and description.
macro_rules! faults {
    ($($fault:ident, $name:literal, $description:literal;)*) => {
        /// What can go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ReplyFault {
            $(#[doc = $description] $fault,)*
        }

        impl ReplyFault {
            /// Every fault.
            pub const ALL: &[ReplyFault] = &[$(ReplyFault::$fault),*];

            /// Its name on the command line and in logs.
            pub fn name(self) -> &'static str {
                match self {
                    $(ReplyFault::$fault => $name,)*
                }
            }

            /// What happens, in one line.
            pub fn description(self) -> &'static str {
                match self {
                    $(ReplyFault::$fault => $description,)*
                }
            }
        }
    };
}

faults! {
    MalformedArguments, "malformed-arguments", "The arguments of a call are not JSON: a colon is missing";
    StringArguments, "string-arguments", "The arguments are a JSON text that holds the object";
    UnknownTool, "unknown-tool", "The call names a tool that was not offered";
    MissingArgument, "missing-argument", "A required argument is left out";
    ExtraArgument, "extra-argument", "An argument is added that the tool does not have";
    TwoCalls, "two-calls", "Two calls are made in one turn";
    RepeatedId, "repeated-id", "The id of an earlier call is used again (not in text)";
    EmptyReply, "empty-reply", "The reply has neither text nor calls";
    EarlyAnswer, "early-answer", "The model says that it is done, but it is not";
    Chatter, "chatter", "There is prose before and after the JSON";
    LongText, "long-text", "A text of 200,000 characters comes before the call";
    Unicode, "unicode", "The text holds characters of every kind: several code units, combining, right to left, invisible, unusual line ends";
    Cut, "cut", "The answer breaks off in the middle, stream or not";
    RateLimit, "rate-limit", "Status 429, with Retry-After";
    ServerError, "server-error", "Status 500";
    Timeout, "timeout", "No answer comes for a long time";
    ContextLength, "context-length", "Status 400: the conversation is too long";
    Refusal, "refusal", "The model refuses";
}

impl ReplyFault {
    /// The list for `--help`.
    pub fn list() -> String {
        let faults = ReplyFault::ALL.iter();
        faults
            .map(|fault| format!("  {:<20} {}\n", fault.name(), fault.description()))
            .collect()
    }
}

/// A fault to inject, and how often it happens when it can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultSetting {
    /// The fault.
    pub fault: ReplyFault,
    /// A probability from 0 to 1.
    pub rate: f64,
}

impl std::str::FromStr for FaultSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<FaultSetting, String> {
        let (name, rate) = match text.split_once('=') {
            Some((name, rate)) => (name, rate.parse().ok()),
            None => (text, Some(1.0)),
        };
        let rate = rate.filter(|rate| (0.0..=1.0).contains(rate));
        let rate = rate.ok_or_else(|| {
            format!("invalid fault {text:?}: the rate must be between 0 and 1, as in cut=0.2")
        })?;
        let fault = ReplyFault::ALL.iter().find(|fault| fault.name() == name);
        let fault =
            *fault.ok_or_else(|| format!("there is no fault {name:?}: --help lists them"))?;
        Ok(FaultSetting { fault, rate })
    }
}

impl std::fmt::Display for FaultSetting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.fault.name())?;
        if self.rate < 1.0 {
            write!(formatter, "={}", self.rate)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_named_and_listed() {
        assert_eq!(
            "rate-limit=0.25".parse(),
            Ok(FaultSetting {
                fault: ReplyFault::RateLimit,
                rate: 0.25
            })
        );
        for wrong in ["cut=2", "cut=x", "cut=-1", "storm", ""] {
            assert!(wrong.parse::<FaultSetting>().is_err(), "{wrong}");
        }
        for fault in ReplyFault::ALL {
            assert_eq!(fault.name().parse::<FaultSetting>().unwrap().fault, *fault);
        }
        insta::assert_snapshot!(ReplyFault::list());
    }

    #[test]
    fn the_page_for_users_has_every_fault() {
        let page = include_str!("../../../docs/model-server.md");
        for fault in ReplyFault::ALL {
            let name = format!("`{}`", fault.name());
            assert!(page.contains(&name), "{name}");
        }
    }
}
