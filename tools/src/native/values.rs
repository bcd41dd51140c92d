//! What arguments are made of: ids, addresses, times and days, parsed where they come in.

use std::borrow::Cow;
use std::fmt;

use breakroom_sandbox::Value;
use breakroom_sandbox::schema::is_storable_time;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use email_address::EmailAddress;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// An id as agents write it: up to eight digits.
#[derive(Clone, Copy)]
pub(super) struct Id(pub(super) i64);

/// An address of mail.
#[derive(Clone)]
pub(super) struct Address(pub(super) String);

/// A date and time.
#[derive(Clone, Copy)]
pub(super) struct Moment(pub(super) NaiveDateTime);

/// A day.
#[derive(Clone, Copy)]
pub(super) struct Day(pub(super) NaiveDate);

/// Digits of any number, kept as they are written.
#[derive(Clone)]
pub(super) struct Digits(pub(super) String);

/// Text that is not empty.
#[derive(Clone)]
pub(super) struct Text(pub(super) String);

/// Minutes of a meeting: 1 to 1,440.
#[derive(Clone, Copy)]
pub(super) struct Minutes(pub(super) i64);

impl Id {
    pub(super) fn parse(text: &str) -> Result<Id, String> {
        let digits = text.trim();
        let valid =
            (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let id = digits.parse().ok().filter(|_| valid).map(Id);
        id.ok_or_else(|| format!("{text:?} is not an id: ids are eight digits, like 00000042"))
    }
}

impl Digits {
    pub(super) fn parse(text: &str) -> Result<Digits, String> {
        let digits = text.trim();
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let found = valid.then(|| Digits(digits.to_owned()));
        found.ok_or_else(|| format!("{text:?} is not a visitor's id: write its digits, like 0042"))
    }
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Address, String> {
        let address = text.trim();
        // What mail allows, but no quoted names and no bare host: an address that can be sent to and read back.
        let valid = address.split_once('@').is_some_and(|(name, domain)| {
            EmailAddress::is_valid_local_part(name)
                && EmailAddress::is_valid_domain(domain)
                && domain.contains('.')
                && !address.contains(['"', '['])
        });
        if valid {
            // Addresses are compared without case, and kept as they are in the databases: in small letters.
            Ok(Address(address.to_lowercase()))
        } else {
            Err(format!(
                "{text:?} is not an address: write one address, like name@company.example"
            ))
        }
    }
}

impl Moment {
    pub(super) fn parse(text: &str) -> Result<Moment, String> {
        let trimmed = text.trim().trim_end_matches('Z');
        let format = match (trimmed.contains('T'), trimmed.matches(':').count() > 1) {
            (false, true) => "%Y-%m-%d %H:%M:%S",
            (true, true) => "%Y-%m-%dT%H:%M:%S",
            (false, false) => "%Y-%m-%d %H:%M",
            (true, false) => "%Y-%m-%dT%H:%M",
        };
        let time = NaiveDateTime::parse_from_str(trimmed, format).ok();
        let time = time.filter(|time| is_storable_time(*time));
        time.map(Moment).ok_or_else(|| {
            format!("{text:?} is not a date and time: write one like 2026-06-11 09:00:00")
        })
    }

    /// Like [`Moment::parse`], and a day alone means when it begins.
    pub(super) fn parse_earliest(text: &str) -> Result<Moment, String> {
        Day::parse_strict(text).map_or_else(
            || Moment::parse(text),
            |day| Ok(Moment(day.and_time(NaiveTime::MIN))),
        )
    }
}

impl Day {
    fn parse_strict(text: &str) -> Option<NaiveDate> {
        let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
        day.filter(|day| is_storable_time(day.and_time(NaiveTime::MIN)))
    }

    pub(super) fn parse(text: &str) -> Result<Day, String> {
        let day =
            Day::parse_strict(text).or_else(|| Moment::parse(text).ok().map(|time| time.0.date()));
        day.map(Day)
            .ok_or_else(|| format!("{text:?} is not a date: write one like 2026-06-11"))
    }
}

impl Text {
    pub(super) fn parse(text: &str) -> Result<Text, String> {
        match text.trim() {
            "" => Err("an empty text: write what it is to be called".to_owned()),
            trimmed => Ok(Text(trimmed.to_owned())),
        }
    }
}

impl Minutes {
    pub(super) fn parse(text: &str) -> Result<Minutes, String> {
        let minutes = text
            .trim()
            .parse()
            .ok()
            .filter(|minutes| (1..=1_440).contains(minutes));
        minutes.map(Minutes).ok_or_else(|| {
            format!("{text:?} is not a duration: write minutes from 1 to 1440, like 30")
        })
    }
}

/// A value as it is stored.
pub(super) trait Stored {
    fn stored(&self) -> Value;
}

impl Stored for Id {
    fn stored(&self) -> Value {
        Value::Integer(self.0)
    }
}
impl Stored for String {
    fn stored(&self) -> Value {
        Value::Text(self.clone())
    }
}
impl Stored for Address {
    fn stored(&self) -> Value {
        Value::Text(self.0.clone())
    }
}
impl Stored for Text {
    fn stored(&self) -> Value {
        Value::Text(self.0.clone())
    }
}
impl Stored for Moment {
    fn stored(&self) -> Value {
        Value::Text(self.0.to_string())
    }
}
impl Stored for Day {
    fn stored(&self) -> Value {
        Value::Text(self.0.to_string())
    }
}
impl Stored for Minutes {
    fn stored(&self) -> Value {
        Value::Integer(self.0)
    }
}
impl<T: Stored> Stored for Option<T> {
    fn stored(&self) -> Value {
        self.as_ref().map_or(Value::Null, Stored::stored)
    }
}

/// Text or a whole number, as models write either: read as text.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }
}

macro_rules! argument {
    ($($name:ident: $schema:tt),* $(,)?) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let Scalar(text) = Scalar::deserialize(deserializer)?;
                $name::parse(&text).map_err(D::Error::custom)
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

argument! {
    Id: {"type": "string", "pattern": "^[0-9]{1,8}$"},
    Digits: {"type": "string", "pattern": "^[0-9]+$"},
    Address: {"type": "string", "format": "email"},
    Moment: {"type": "string"},
    Day: {"type": "string", "format": "date"},
    Text: {"type": "string", "minLength": 1},
    Minutes: {"type": "integer", "minimum": 1, "maximum": 1440},
}

/// A closed set of texts, taken in any case and stored as written here.
macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name(pub(super) &'static str);
        impl $name {
            const ALL: &'static [&'static str] = &[$($text),*];
            pub(super) fn parse(text: &str) -> Result<$name, String> {
                let found = Self::ALL.iter().find(|known| known.eq_ignore_ascii_case(text.trim()));
                found.map(|known| $name(known)).ok_or_else(|| format!("{text:?} is not one of {}", Self::ALL.join(", ")))
            }
        }
        impl $crate::native::values::Stored for $name {
            fn stored(&self) -> breakroom_sandbox::Value {
                breakroom_sandbox::Value::Text(self.0.to_owned())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $name::parse(&text).map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "enum": [$($text),*]})
            }
        }
    };
}
pub(super) use closed_set;
