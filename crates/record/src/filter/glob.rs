//! Names with wildcards: `*` stands for any text, `?` for any one character.

/// Whether a glob matches the whole of a text. It takes at most the product of their lengths.
pub(super) fn matches(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // The last `*`, and the text that it has not taken yet.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match glob.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    glob[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_stand_for_text() {
        for (glob, text, is_match) in [
            ("email.reply.01", "email.reply.01", true),
            ("email.*", "email.reply.01", true),
            ("*.01", "email.reply.01", true),
            ("*e*l*01", "email.reply.01", true),
            ("email", "email.reply.01", false),
            ("?mail.*.0?", "email.reply.01", true),
            ("*.0", "email.reply.01", false),
            ("**", "", true),
            ("?", "", false),
            ("*aab", "aaaaab", true),
        ] {
            assert_eq!(matches(glob, text), is_match, "{glob} {text}");
        }
    }
}
