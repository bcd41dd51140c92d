//! Reads JSON as its schemas say. Serde alone accepts a list as an object, and does not accept 3.0 as a whole number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value that has to be written as an object.
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads an object, or null.
///
/// # Errors
/// The value is something else.
pub fn object<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let object = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(object.map(|Object(value)| value))
}

/// Reads a list of objects.
///
/// # Errors
/// The value is something else.
pub fn objects<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

/// Reads a whole number from 0, or null. JSON Schema accepts 3.0 as a whole number.
///
/// # Errors
/// The value is something else.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let exact = number
        .as_f64()
        .filter(|float| float.fract() == 0.0 && (0.0..TWO_TO_64).contains(float));
    // The float has no fraction and is in range, so nothing is lost.
    let whole = number.as_u64().or(exact.map(|float| float as u64));
    whole.map(Some).ok_or_else(|| {
        Error::custom(format_args!(
            "{number} is not a whole number from 0 to {}",
            u64::MAX
        ))
    })
}

/// The first whole number that is too large.
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_not_an_object() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Pair {
            one: u8,
        }
        assert!(serde_json::from_str::<Object<Pair>>("[1]").is_err());
        let Object(pair) = serde_json::from_str::<Object<Pair>>(r#"{"one":1}"#).expect("an object");
        assert_eq!(pair, Pair { one: 1 });
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        let read = |value: serde_json::Value| whole(value).ok().flatten();
        assert_eq!(read(json!(7)), Some(7));
        assert_eq!(read(json!(7.0)), Some(7));
        assert_eq!(read(json!(u64::MAX)), Some(u64::MAX));
        for none in [json!(7.5), json!(-1), json!(1e30), json!("7")] {
            assert_eq!(read(none), None);
        }
    }
}
