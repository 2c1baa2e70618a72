//! What a configuration says that can hardly be meant: nothing is refused for it, and `baton check` names it.

use std::collections::BTreeSet;

use super::wrong::{is_forum, near};
use super::{Config, Team};
use crate::domain::calendar::Calendar;
use crate::domain::ids::Time;
use crate::domain::roster::Strategy;
use crate::domain::rule::Rules;
use crate::domain::words::PLACES;

impl Config {
    /// What can hardly be meant, as sentences; days before `now` are not spoken of.
    #[must_use]
    pub fn lints(&self, now: Time) -> Vec<String> {
        let mut found = Vec::new();
        self.lint_rules(&mut found);
        self.lint_teams(&mut found);
        self.lint_agents(&mut found);
        self.lint_texts(&mut found);
        for (name, spec) in &self.calendars {
            if let Ok(calendar) = Calendar::new(spec) {
                found.extend(calendar.lints(now).into_iter().map(|lint| format!("calendar {name}: {lint}")));
            }
        }
        found
    }

    fn lint_rules(&self, found: &mut Vec<String>) {
        let Ok(rules) = Rules::new(self.rules.clone()) else { return };
        let name = |index: usize| format!("{} “{}”", index + 1, self.rules[index].name);
        for (never, before) in rules.unreachable() {
            found.push(format!(
                "rule {} can never match: rule {} before it takes all that it would",
                name(never),
                name(before)
            ));
        }
        if !self.rules.is_empty() && !rules.has_default() {
            found.push("no rule takes what the others leave: add one without conditions at the end".to_owned());
        }
        let skills: BTreeSet<&str> = self.agents.iter().flat_map(|a| a.skills.keys().map(String::as_str)).collect();
        for (index, rule) in self.rules.iter().enumerate() {
            for skill in rule.skills.iter().filter(|skill| !skills.contains(skill.as_str())) {
                found.push(format!("rule {} asks for the skill {skill:?}, which nobody has", name(index)));
            }
        }
    }

    fn lint_teams(&self, found: &mut Vec<String>) {
        for team in &self.teams {
            let ruled = self.rules.iter().any(|rule| rule.team.as_ref() == Some(&team.name));
            let home = self.whatsapp.numbers.iter().any(|number| number.team == team.name);
            let overflow = self.teams.iter().any(|other| other.overflow == team.name);
            if !ruled && !home && !overflow {
                found.push(format!("nothing goes to the team {} but what is handed to it", team.name));
            }
            let members = self.agents.iter().filter(|agent| agent.teams.contains(&team.name)).count();
            let by_rule = self.rules.iter().any(|rule| {
                rule.team.as_ref() == Some(&team.name) && rule.strategy.is_some_and(|s| s != Strategy::Manual)
            });
            if members == 0 && team.role.is_empty() && (team.strategy != Strategy::Manual || by_rule) {
                found.push(format!(
                    "nobody is in the team {}, so that {} finds no one: name it in an agent's teams, or give it a role",
                    team.name,
                    team.strategy.as_str()
                ));
            }
            if team.relax_after_minutes > 0
                && !team.overflow.is_empty()
                && team.overflow_after_minutes <= team.relax_after_minutes
            {
                found.push(format!("the team {} overflows before its skills are relaxed", team.name));
            }
        }
    }

    fn lint_texts(&self, found: &mut Vec<String>) {
        let automatic = &self.automatic;
        let texts = [
            ("automatic.greeting", &automatic.greeting),
            ("automatic.out_of_hours", &automatic.out_of_hours),
            ("automatic.assigned", &automatic.assigned),
            ("automatic.closing", &automatic.closing),
            ("automatic.survey", &automatic.survey),
        ];
        let texts = texts.into_iter().map(|(name, text)| (name.to_owned(), text));
        let canned = self.canned.iter().map(|(name, text)| (format!("canned.{name}"), text));
        for (name, text) in texts.chain(canned) {
            let typed = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place);
            let is_word = |place: &&str| !place.is_empty() && place.chars().all(|c| c.is_alphanumeric() || c == '_');
            for place in typed.filter(is_word).filter(|place| !PLACES.contains(place)) {
                let hint = near(place, &PLACES);
                found.push(format!("{name} would be sent with {{{place}}} in it: nothing fills that{hint}"));
            }
        }
    }

    fn lint_agents(&self, found: &mut Vec<String>) {
        for agent in &self.agents {
            let works = |telegram: bool| {
                let there = |team: &&Team| {
                    agent.teams.contains(&team.name) && team.places().any(|place| is_forum(place) == telegram)
                };
                self.teams.iter().filter(there).map(|team| team.name.as_str()).collect::<Vec<_>>().join(", ")
            };
            let known =
                [("Discord", "discord", &agent.discord, false), ("Telegram", "telegram", &agent.telegram, true)];
            for (called, key, id, telegram) in known {
                let teams = works(telegram);
                if id.is_empty() && !teams.is_empty() {
                    found.push(format!(
                        "{} has no user id on {called}, where the team {teams} works, and is given nothing: add {key} = \"…\"",
                        agent.name
                    ));
                }
            }
            if agent.capacity == Some(0) {
                found.push(format!("{} has a capacity of 0 and is never given anything", agent.name));
            }
        }
    }
}
