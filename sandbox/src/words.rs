//! What it means that a text holds some words: the rule of every search, and of what task templates ask.

use memchr::memmem::Finder;

/// Words to look for, parted by white space: literal, in any order and in any case of any alphabet.
pub struct Words(Vec<Finder<'static>>);

impl Words {
    /// Prepared once for many texts.
    pub fn new(words: &str) -> Words {
        let words = words.to_lowercase();
        let finder = |word: &str| Finder::new(word).into_owned();
        Words(words.split_whitespace().map(finder).collect())
    }

    /// Whether each word occurs in one of the texts.
    pub fn are_in<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        let mut all = String::new();
        for text in texts {
            all.push_str(&text.to_lowercase());
            // What no word holds.
            all.push('\n');
        }
        self.0
            .iter()
            .all(|word| word.find(all.as_bytes()).is_some())
    }

    /// What finds each of them in a text of small letters.
    pub(crate) fn finders(&self) -> &[Finder<'static>] {
        &self.0
    }
}
