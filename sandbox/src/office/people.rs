//! Who works in the office, and how names become addresses.

use super::dice::Dice;
use super::phrases::{Role, people};
use crate::world::Colleague;

/// Someone in the company and what they may be given to do.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: Role,
}

impl Member {
    pub(super) fn first_name(&self) -> &str {
        first_name(&self.name)
    }
}

pub(super) struct Staff(Vec<Member>);

impl Staff {
    /// The person whose office it is.
    pub(super) fn owner(&self) -> &Member {
        &self.0[0]
    }

    /// Everyone but the owner.
    pub(super) fn colleagues(&self) -> &[Member] {
        &self.0[1..]
    }

    /// Those colleagues whose role passes.
    pub(super) fn with(&self, passes: impl Fn(&Role) -> bool) -> Vec<&Member> {
        self.colleagues()
            .iter()
            .filter(|member| passes(&member.role))
            .collect()
    }

    pub(super) fn find(&self, email: &str) -> Option<&Member> {
        self.0.iter().find(|member| member.email == email)
    }

    pub(super) fn directory(&self) -> Vec<Colleague> {
        let entry = |member: &Member| Colleague {
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role.title.clone(),
        };
        self.0.iter().map(entry).collect()
    }
}

/// Draws the staff. Two share a first name, two share a last name, and two are told apart by one letter.
pub(super) fn draw(dice: &mut Dice) -> Staff {
    let data = people();
    let (mut first, mut last) = (data.first_names.clone(), data.last_names.clone());
    dice.shuffle(&mut first);
    dice.shuffle(&mut last);
    let near = dice.pick(&data.near_names);
    let mut names: Vec<(String, String)> = first.into_iter().zip(last).collect();
    names[3].0 = names[9].0.clone();
    names[5].1 = names[14].1.clone();
    names[7] = (names[7].0.clone(), near[0].clone());
    names[18] = (names[7].0.clone(), near[1].clone());
    let roles = data
        .roles
        .iter()
        .flat_map(|role| std::iter::repeat_n(role, role.count));
    Staff(
        roles
            .zip(names)
            .map(|(role, (first, last))| Member {
                email: address(&first, &last, &data.domain),
                name: format!("{first} {last}"),
                role: role.clone(),
            })
            .collect(),
    )
}

/// `first.last@domain` in plain letters.
pub(super) fn address(first: &str, last: &str, domain: &str) -> String {
    format!("{}.{}@{domain}", plain(first), plain(last))
}

/// A name in the letters that addresses have.
pub(super) fn plain(name: &str) -> String {
    let letters = &people().letters;
    let mut text = String::new();
    for letter in name.chars() {
        match letters.get(&letter) {
            Some(plain) => text.push_str(plain),
            None => text.push(letter),
        }
    }
    text.to_ascii_lowercase()
}

pub(super) fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_a_name_can_be_written_in_an_address() {
        let data = people();
        let near = data.near_names.iter().flatten();
        for name in data
            .first_names
            .iter()
            .chain(&data.last_names)
            .chain(&data.company_names)
            .chain(&data.company_kinds)
            .chain(near)
        {
            assert!(
                plain(name)
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '-'),
                "{name}"
            );
        }
    }
}
