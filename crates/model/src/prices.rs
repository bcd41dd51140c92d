//! Token prices: the table in `prices.toml`, and a user's own table that takes precedence.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::chat::Usage;

/// US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For input tokens.
    pub input: f64,
    /// For cached input tokens; None if they cost as much as others.
    pub cached: Option<f64>,
    /// For output tokens.
    pub output: f64,
}

/// Prices by prefix of the model's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices(BTreeMap<String, Price>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    format_version: u32,
    price: BTreeMap<String, Price>,
}

fn parse(text: &str) -> Result<BTreeMap<String, Price>> {
    let file: PriceFile = toml::from_str(text)?;
    anyhow::ensure!(
        file.format_version == 1,
        "format_version is {}: this program reads 1",
        file.format_version
    );
    for (name, price) in &file.price {
        let parts = [price.input, price.cached.unwrap_or_default(), price.output];
        anyhow::ensure!(
            parts.iter().all(|part| part.is_finite() && *part >= 0.0),
            "invalid price of {name:?}: it must be a number of dollars, not negative"
        );
    }
    Ok(file.price)
}

impl Prices {
    /// Loads the built-in table, overridden by the prices of a file.
    ///
    /// # Errors
    /// The file cannot be read, or is not a table of prices.
    pub fn load(own: Option<&Path>) -> Result<Prices> {
        let mut prices =
            parse(include_str!("prices.toml")).context("cannot parse the built-in prices")?;
        if let Some(path) = own {
            let context = || format!("cannot read prices from {}", path.display());
            prices.extend(
                parse(&std::fs::read_to_string(path).with_context(context)?)
                    .with_context(context)?,
            );
        }
        Ok(Prices(prices))
    }

    /// The price of a model; None if it is unknown, which does not mean free.
    pub fn find(&self, model: &str) -> Option<Price> {
        let bare = model.rsplit('/').next().unwrap_or(model);
        let bare = bare.strip_prefix("anthropic:").unwrap_or(bare);
        let fits = self
            .0
            .iter()
            .filter(|(name, _)| model == **name || bare.starts_with(name.as_str()));
        fits.max_by_key(|(name, _)| name.len())
            .map(|(_, price)| *price)
    }
}

impl Price {
    /// The cost of these tokens in US dollars.
    pub fn cost(&self, usage: Usage) -> f64 {
        let cached = usage.cached.min(usage.input);
        let dollars = (usage.input - cached) as f64 * self.input
            + cached as f64 * self.cached.unwrap_or(self.input)
            + usage.output as f64 * self.output;
        dollars / 1e6
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins_and_an_unknown_model_has_no_price() {
        let prices = Prices::load(None).unwrap();
        assert_eq!(prices.find("gpt-4o-mini-2024-07-18").unwrap().input, 0.15);
        assert_eq!(prices.find("openai/gpt-4o").unwrap().input, 2.5);
        assert_eq!(
            prices.find("anthropic:claude-sonnet-4-5").unwrap().output,
            15.0
        );
        assert_eq!(prices.find("llama-3"), None);
    }

    #[test]
    fn cached_tokens_are_counted_once() {
        let price = Price {
            input: 2.0,
            cached: Some(0.5),
            output: 8.0,
        };
        let usage = Usage {
            input: 1_000_000,
            cached: 500_000,
            output: 250_000,
        };
        assert_eq!(price.cost(usage), 1.0 + 0.25 + 2.0);
    }

    #[test]
    fn a_users_table_takes_precedence_and_an_invalid_one_is_rejected() {
        let path =
            std::env::temp_dir().join(format!("breakroom-prices-{}.toml", std::process::id()));
        let load = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let loaded = Prices::load(Some(&path));
            std::fs::remove_file(&path).unwrap();
            loaded
        };
        let own = load("format_version = 1\n[price]\n\"gpt-4o\" = { input = 9.0, output = 9.0 }\n")
            .unwrap();
        assert_eq!(own.find("gpt-4o").unwrap().input, 9.0);
        assert_eq!(own.find("gpt-4o-mini").unwrap().input, 0.15);
        for wrong in [
            "",
            "format_version = 2\n[price]\n",
            "format_version = 1\n[price]\na = { input = -1.0, output = 1.0 }\n",
        ] {
            assert!(load(wrong).is_err(), "{wrong}");
        }
    }
}
