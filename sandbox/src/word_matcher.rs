//! Decides whether texts contain some words. Every search and every task template uses this one rule.

use memchr::memmem::Finder;

/// Words to look for. They are separated by white space, taken literally, and match in any order and any case.
pub struct WordMatcher(Vec<Finder<'static>>);

impl WordMatcher {
    /// Prepares the words once for matching against many texts.
    pub fn new(words: &str) -> WordMatcher {
        let words = words.to_lowercase();
        let finder = |word: &str| Finder::new(word).into_owned();
        WordMatcher(words.split_whitespace().map(finder).collect())
    }

    /// Whether each word occurs in at least one of the texts.
    pub fn matches<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let mut all = String::new();
        for text in texts {
            all.push_str(&text.to_lowercase());
            // No word contains white space, so no word matches across two texts.
            all.push('\n');
        }
        self.0
            .iter()
            .all(|word| word.find(all.as_bytes()).is_some())
    }

    /// Whether there are no words.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One finder for each word, to be used on lower-case text.
    pub(crate) fn finders(&self) -> &[Finder<'static>] {
        &self.0
    }
}
