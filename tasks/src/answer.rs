//! An agent's final answer: whether it is a question to the user, and whether it is the expected answer.

use crate::task::ExpectedAnswer;
use crate::verdict::AnswerFinding;

/// Whether a final answer asks the user a question.
pub fn asks_back(answer: &str) -> bool {
    answer.lines().any(|line| {
        line.trim_end()
            .trim_end_matches(['"', '*', '”', ')'])
            .ends_with('?')
    })
}

/// Compares a final answer with the expected one.
pub(crate) fn judge_answer(expected: &ExpectedAnswer, found: &str) -> AnswerFinding {
    let (right, expected) = match expected {
        ExpectedAnswer::Exact { value } => (holds(found, value), format!("{value:?}")),
        ExpectedAnswer::Number { value, tolerance } => {
            let near = numbers(found)
                .iter()
                .any(|number| (number - value).abs() <= *tolerance);
            (near, format!("{value} (within {tolerance})"))
        }
        ExpectedAnswer::Names { values, among } => {
            let wrong_names = among.iter().filter(|name| !values.contains(name));
            let right = values.iter().all(|name| holds(found, name))
                && !wrong_names.into_iter().any(|name| holds(found, name));
            (right, values.join(", "))
        }
    };
    AnswerFinding {
        right,
        expected,
        found: found.to_owned(),
    }
}

/// Whether a text contains another as whole words, ignoring case.
fn holds(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    let ends = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    text.match_indices(&wanted).any(|(start, found)| {
        ends(text[..start].chars().next_back()) && ends(text[start + found.len()..].chars().next())
    })
}

/// The numbers in a text. Commas between digits are ignored.
fn numbers(text: &str) -> Vec<f64> {
    let text: Vec<char> = text.chars().collect();
    let digit = |place: usize| text.get(place).is_some_and(char::is_ascii_digit);
    let mut numbers = Vec::new();
    let mut place = 0;
    while place < text.len() {
        if !digit(place) {
            place += 1;
            continue;
        }
        let mut number = String::new();
        if place > 0 && text[place - 1] == '-' && !(place > 1 && text[place - 2].is_alphanumeric())
        {
            number.push('-');
        }
        while digit(place) || (matches!(text.get(place), Some('.' | ',')) && digit(place + 1)) {
            if text[place] != ',' {
                number.push(text[place]);
            }
            place += 1;
        }
        numbers.extend(number.parse::<f64>().ok());
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_to_the_user_is_told_from_a_statement() {
        assert!(asks_back("Which Leila do you mean?"));
        assert!(asks_back(
            "There are two.\nShall I delete both?\nLet me know."
        ));
        assert!(!asks_back("Done. I deleted it."));
    }

    #[test]
    fn answers_are_compared_by_their_kind() {
        let exact = ExpectedAnswer::Exact {
            value: "Ana Ríos".into(),
        };
        assert!(judge_answer(&exact, "It is ana ríos.").right);
        assert!(!judge_answer(&exact, "It is Ana Ríosa.").right);
        let number = ExpectedAnswer::Number {
            value: 1234.5,
            tolerance: 0.05,
        };
        assert!(judge_answer(&number, "about 1,234.52 seconds").right);
        assert!(!judge_answer(&number, "about 1,234.6 seconds").right);
        let minus = ExpectedAnswer::Number {
            value: -3.0,
            tolerance: 0.0,
        };
        assert!(judge_answer(&minus, "it fell: -3 %").right);
        assert!(!judge_answer(&minus, "on 2026-3-1").right);
        let names = ExpectedAnswer::Names {
            values: vec!["Ana".into(), "Ben".into()],
            among: vec!["Ana".into(), "Ben".into(), "Cho".into()],
        };
        assert!(judge_answer(&names, "Ben and Ana").right);
        assert!(!judge_answer(&names, "Ana").right);
        assert!(!judge_answer(&names, "Ana, Ben and Cho").right);
    }
}
