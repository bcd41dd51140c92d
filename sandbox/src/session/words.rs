//! What it means that a text holds some words: the rule of every search, and of what task templates ask.

use memchr::memmem::Finder;

/// Words to look for, parted by white space: literal, in any order and in any case of any alphabet.
pub struct Words {
    finders: Vec<Finder<'static>>,
    /// The texts looked through, in small letters.
    text: String,
}

impl Words {
    /// Prepared once for many texts.
    pub fn new(words: &str) -> Words {
        let words = words.to_lowercase();
        let finder = |word: &str| Finder::new(word).into_owned();
        Words {
            finders: words.split_whitespace().map(finder).collect(),
            text: String::new(),
        }
    }

    /// Whether there are none, which every text holds.
    pub fn is_empty(&self) -> bool {
        self.finders.is_empty()
    }

    /// Whether each word occurs in one of the texts.
    pub fn are_in<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        if self.is_empty() {
            return true;
        }
        self.text.clear();
        for text in texts {
            if text.is_ascii() {
                let start = self.text.len();
                self.text.push_str(text);
                self.text[start..].make_ascii_lowercase();
            } else {
                self.text.push_str(&text.to_lowercase());
            }
            // What no word holds.
            self.text.push('\n');
        }
        let text = self.text.as_bytes();
        self.finders.iter().all(|word| word.find(text).is_some())
    }
}
