//! Types of arguments, such as ids, addresses and times. They are parsed when a call comes in.

use std::borrow::Cow;
use std::fmt;

use breakroom_sandbox::Value;
use breakroom_sandbox::schema::is_storable_time;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use email_address::EmailAddress;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// The id of a row: up to eight digits.
#[derive(Clone, Copy)]
pub(super) struct RowId(pub(super) i64);

/// An email address.
#[derive(Clone)]
pub(super) struct MailAddress(pub(super) String);

/// A date and time.
#[derive(Clone, Copy)]
pub(super) struct DateTime(pub(super) NaiveDateTime);

/// A date.
#[derive(Clone, Copy)]
pub(super) struct Date(pub(super) NaiveDate);

/// The id of a website visitor: digits, kept as written.
#[derive(Clone)]
pub(super) struct VisitorId(pub(super) String);

/// Text that is not empty.
#[derive(Clone)]
pub(super) struct NonEmptyText(pub(super) String);

/// The length of a meeting: 1 to 1,440 minutes.
#[derive(Clone, Copy)]
pub(super) struct DurationMinutes(pub(super) i64);

impl RowId {
    pub(super) fn parse(text: &str) -> Result<RowId, String> {
        let digits = text.trim();
        let valid =
            (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let id = digits.parse().ok().filter(|_| valid).map(RowId);
        id.ok_or_else(|| format!("{text:?} is not an id: ids are eight digits, like 00000042"))
    }
}

impl VisitorId {
    pub(super) fn parse(text: &str) -> Result<VisitorId, String> {
        let digits = text.trim();
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let found = valid.then(|| VisitorId(digits.to_owned()));
        found.ok_or_else(|| format!("{text:?} is not a visitor's id: write its digits, like 0042"))
    }
}

impl MailAddress {
    pub(super) fn parse(text: &str) -> Result<MailAddress, String> {
        let address = text.trim();
        // Quoted names and bare hosts are valid in mail, but exports could not be read back with them.
        let valid = address.split_once('@').is_some_and(|(name, domain)| {
            EmailAddress::is_valid_local_part(name)
                && EmailAddress::is_valid_domain(domain)
                && domain.contains('.')
                && !address.contains(['"', '['])
        });
        if valid {
            // The databases hold addresses in lower case.
            Ok(MailAddress(address.to_lowercase()))
        } else {
            Err(format!(
                "{text:?} is not an address: write one address, like name@company.example"
            ))
        }
    }
}

impl DateTime {
    pub(super) fn parse(text: &str) -> Result<DateTime, String> {
        let trimmed = text.trim().trim_end_matches('Z');
        let format = match (trimmed.contains('T'), trimmed.matches(':').count() > 1) {
            (false, true) => "%Y-%m-%d %H:%M:%S",
            (true, true) => "%Y-%m-%dT%H:%M:%S",
            (false, false) => "%Y-%m-%d %H:%M",
            (true, false) => "%Y-%m-%dT%H:%M",
        };
        let time = NaiveDateTime::parse_from_str(trimmed, format).ok();
        let time = time.filter(|time| is_storable_time(*time));
        time.map(DateTime).ok_or_else(|| {
            format!("{text:?} is not a date and time: write one like 2026-06-11 09:00:00")
        })
    }

    /// Like [`DateTime::parse`], but also accepts a date, which means its first second.
    pub(super) fn parse_earliest(text: &str) -> Result<DateTime, String> {
        Date::parse_strict(text).map_or_else(
            || DateTime::parse(text),
            |day| Ok(DateTime(day.and_time(NaiveTime::MIN))),
        )
    }
}

impl Date {
    fn parse_strict(text: &str) -> Option<NaiveDate> {
        let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
        day.filter(|day| is_storable_time(day.and_time(NaiveTime::MIN)))
    }

    pub(super) fn parse(text: &str) -> Result<Date, String> {
        let day = Date::parse_strict(text)
            .or_else(|| DateTime::parse(text).ok().map(|time| time.0.date()));
        day.map(Date)
            .ok_or_else(|| format!("{text:?} is not a date: write one like 2026-06-11"))
    }
}

impl NonEmptyText {
    pub(super) fn parse(text: &str) -> Result<NonEmptyText, String> {
        match text.trim() {
            "" => Err("the text is empty: write at least one character".to_owned()),
            trimmed => Ok(NonEmptyText(trimmed.to_owned())),
        }
    }
}

impl DurationMinutes {
    pub(super) fn parse(text: &str) -> Result<DurationMinutes, String> {
        let minutes = text
            .trim()
            .parse()
            .ok()
            .filter(|minutes| (1..=1_440).contains(minutes));
        minutes.map(DurationMinutes).ok_or_else(|| {
            format!("{text:?} is not a duration: write minutes from 1 to 1440, like 30")
        })
    }
}

/// Converts a value to what a column stores.
pub(super) trait ToSqlValue {
    fn to_sql_value(&self) -> Value;
}

impl ToSqlValue for RowId {
    fn to_sql_value(&self) -> Value {
        Value::Integer(self.0)
    }
}
impl ToSqlValue for String {
    fn to_sql_value(&self) -> Value {
        Value::Text(self.clone())
    }
}
impl ToSqlValue for MailAddress {
    fn to_sql_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
}
impl ToSqlValue for NonEmptyText {
    fn to_sql_value(&self) -> Value {
        Value::Text(self.0.clone())
    }
}
impl ToSqlValue for DateTime {
    fn to_sql_value(&self) -> Value {
        Value::Text(self.0.to_string())
    }
}
impl ToSqlValue for Date {
    fn to_sql_value(&self) -> Value {
        Value::Text(self.0.to_string())
    }
}
impl ToSqlValue for DurationMinutes {
    fn to_sql_value(&self) -> Value {
        Value::Integer(self.0)
    }
}
impl<T: ToSqlValue> ToSqlValue for Option<T> {
    fn to_sql_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToSqlValue::to_sql_value)
    }
}

/// Text, or a whole number that is read as text, because models write both.
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
    RowId: {"type": "string", "pattern": "^[0-9]{1,8}$"},
    VisitorId: {"type": "string", "pattern": "^[0-9]+$"},
    MailAddress: {"type": "string", "format": "email"},
    DateTime: {"type": "string"},
    Date: {"type": "string", "format": "date"},
    NonEmptyText: {"type": "string", "minLength": 1},
    DurationMinutes: {"type": "integer", "minimum": 1, "maximum": 1440},
}

/// Defines a type for a closed set of texts. Case is ignored when parsing; the spelling given here is stored.
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
        impl $crate::native::values::ToSqlValue for $name {
            fn to_sql_value(&self) -> breakroom_sandbox::Value {
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
