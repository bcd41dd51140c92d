//! Derives JSON Schemas from wire types.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

/// The schema of what a client sends as this type.
pub fn parameters<T: JsonSchema>() -> Json {
    of::<T>(SchemaSettings::draft2020_12())
}

/// The schema of what the program writes as this type. A field that is null is written too.
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
