//! JSON Schemas of what crosses the wire.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

/// The schema of what is sent to the program as this type.
pub fn parameters<T: JsonSchema>() -> Json {
    of::<T>(SchemaSettings::draft2020_12())
}

/// The schema of what the program writes of this type: what is null is there all the same.
pub fn result<T: JsonSchema>() -> Json {
    of::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn of<T: JsonSchema>(mut settings: SchemaSettings) -> Json {
    // Each file stands alone, without references.
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    for word in ["$schema", "title"] {
        schema.remove(word);
    }
    schema.to_value()
}
