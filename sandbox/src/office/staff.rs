//! Generates the people who work in the office, and addresses from names.

use super::phrases::{Role, people};
use super::seeded_rng::SeededRng;
use crate::world::Colleague;

/// A person in the company, with their role.
pub(super) struct StaffMember {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: Role,
}

impl StaffMember {
    pub(super) fn first_name(&self) -> &str {
        first_name(&self.name)
    }
}

/// Everyone in the company, the owner first.
pub(super) struct Staff(Vec<StaffMember>);

impl Staff {
    /// The person whose office this is.
    pub(super) fn owner(&self) -> &StaffMember {
        &self.0[0]
    }

    /// Everyone but the owner.
    pub(super) fn colleagues(&self) -> &[StaffMember] {
        &self.0[1..]
    }

    /// The colleagues whose role passes the filter.
    pub(super) fn with(&self, passes: impl Fn(&Role) -> bool) -> Vec<&StaffMember> {
        self.colleagues()
            .iter()
            .filter(|member| passes(&member.role))
            .collect()
    }

    pub(super) fn find(&self, email: &str) -> Option<&StaffMember> {
        self.0.iter().find(|member| member.email == email)
    }

    pub(super) fn directory(&self) -> Vec<Colleague> {
        let entry = |member: &StaffMember| Colleague {
            name: member.name.clone(),
            email: member.email.clone(),
            role: member.role.title.clone(),
        };
        self.0.iter().map(entry).collect()
    }
}

/// Generates the staff. Two people share a first name, two share a last name, and two differ by one letter.
pub(super) fn generate(rng: &mut SeededRng) -> Staff {
    let data = people();
    let (mut first, mut last) = (data.first_names.clone(), data.last_names.clone());
    rng.shuffle(&mut first);
    rng.shuffle(&mut last);
    let near = rng.choose(&data.near_names);
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
            .map(|(role, (first, last))| StaffMember {
                email: address(&first, &last, &data.domain),
                name: format!("{first} {last}"),
                role: role.clone(),
            })
            .collect(),
    )
}

/// `first.last@domain` in ASCII letters.
pub(super) fn address(first: &str, last: &str, domain: &str) -> String {
    format!(
        "{}.{}@{domain}",
        to_address_letters(first),
        to_address_letters(last)
    )
}

/// Transliterates a name into the ASCII letters of addresses.
pub(super) fn to_address_letters(name: &str) -> String {
    let letters = &people().letters;
    let mut text = String::new();
    for letter in name.chars() {
        match letters.get(&letter) {
            Some(ascii) => text.push_str(ascii),
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
                to_address_letters(name)
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '-'),
                "{name}"
            );
        }
    }
}
