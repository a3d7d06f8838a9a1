// SPDX-License-Identifier: GPL-3.0-or-later
//! Who the agents are, which of their clients are there, and who may see whose presence.

use crate::event::{Action, Address, Contact, Note, Outbound, Presence};
use seshat_core::Show;
use std::collections::{BTreeMap, BTreeSet};

/// How many of one agent's clients are kept apart: nobody has more, and no account can fill our memory.
const MAX_CLIENTS: usize = 32;

/// The agents, and what is known of them in this session.
#[derive(Debug, Default)]
pub struct People {
    agents: BTreeSet<String>,
    clients: BTreeMap<String, BTreeMap<String, Show>>,
    subscribed: BTreeSet<String>,
}

impl People {
    /// Nobody is there yet.
    pub fn new(agents: Vec<String>) -> Self {
        People { agents: agents.into_iter().collect(), ..People::default() }
    }

    /// Is this the bare address of an agent?
    pub fn is_agent(&self, bare: &str) -> bool {
        self.agents.contains(bare)
    }

    /// A new session: the server tells everything anew.
    pub fn forget(&mut self) {
        self.clients.clear();
        self.subscribed.clear();
    }

    /// The contact list: asks those agents for their presence who do not send it yet, and learns names.
    pub fn roster(&mut self, contacts: Vec<Contact>, actions: &mut Vec<Action>) {
        for contact in contacts.into_iter().filter(|contact| self.agents.contains(&contact.address)) {
            if let Some(name) = contact.name {
                actions.push(Action::Tell(Note::Rename(contact.address.clone(), name)));
            }
            if contact.subscribed {
                self.subscribed.insert(contact.address);
            }
        }
        for agent in self.agents.difference(&self.subscribed) {
            actions.push(Action::Send(Outbound::Subscribe(agent.clone())));
        }
    }

    /// Somebody's presence. Returns who asked to see ours and may not.
    pub fn presence(
        &mut self,
        from: Address,
        presence: Presence,
        actions: &mut Vec<Action>,
    ) -> Option<String> {
        let agent = from.bare;
        if !self.agents.contains(&agent) {
            if presence != Presence::Subscribe {
                return None;
            }
            actions.push(Action::Send(Outbound::Decline(agent.clone())));
            return Some(agent);
        }
        match presence {
            Presence::Here(show) => self.here(agent, from.resource.unwrap_or_default(), show, actions),
            Presence::Gone => self.gone(agent, from.resource, actions),
            Presence::Subscribe => {
                actions.push(Action::Send(Outbound::Approve(agent.clone())));
                // They may have refused us earlier, or be new: this is the moment to ask.
                if self.subscribed.insert(agent.clone()) {
                    actions.push(Action::Send(Outbound::Subscribe(agent)));
                }
            }
            Presence::Unsubscribed => {
                tracing::warn!("{agent} does not let us see their presence and will be offered no chats");
                self.subscribed.remove(&agent);
                self.gone(agent, None, actions);
            }
        }
        None
    }

    fn here(&mut self, agent: String, resource: String, show: Show, actions: &mut Vec<Action>) {
        let clients = self.clients.entry(agent.clone()).or_default();
        if clients.len() >= MAX_CLIENTS && !clients.contains_key(&resource) {
            return;
        }
        if clients.insert(resource.clone(), show) != Some(show) {
            actions.push(Action::Tell(Note::Presence { agent, resource, show: Some(show) }));
        }
    }

    /// One client, or without a resource all of them.
    fn gone(&mut self, agent: String, resource: Option<String>, actions: &mut Vec<Action>) {
        let Some(clients) = self.clients.get_mut(&agent) else { return };
        let gone: Vec<String> = match resource {
            Some(resource) => {
                clients.remove_entry(&resource).map(|(resource, _)| resource).into_iter().collect()
            }
            None => std::mem::take(clients).into_keys().collect(),
        };
        for resource in gone {
            actions.push(Action::Tell(Note::Presence { agent: agent.clone(), resource, show: None }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOE: &str = "joe@example.com";
    const BOB: &str = "bob@example.com";

    fn people() -> People {
        People::new(vec![JOE.into(), BOB.into()])
    }

    fn from(bare: &str, resource: Option<&str>) -> Address {
        Address { bare: bare.into(), resource: resource.map(Into::into) }
    }

    fn contact(address: &str, name: Option<&str>, subscribed: bool) -> Contact {
        Contact { address: address.into(), name: name.map(Into::into), subscribed }
    }

    #[test]
    fn agents_who_do_not_send_their_presence_are_asked_for_it_and_nobody_else() {
        let mut actions = Vec::new();
        let list = vec![contact(JOE, Some("Joe B."), true), contact("mallory@example.com", None, false)];
        people().roster(list, &mut actions);
        let rename = Action::Tell(Note::Rename(JOE.into(), "Joe B.".into()));
        assert_eq!(actions, [rename, Action::Send(Outbound::Subscribe(BOB.into()))]);
    }

    #[test]
    fn agents_are_approved_and_asked_back_once() {
        let (mut people, mut actions) = (people(), Vec::new());
        for _ in 0..2 {
            assert_eq!(people.presence(from(JOE, None), Presence::Subscribe, &mut actions), None);
        }
        let approve = || Action::Send(Outbound::Approve(JOE.into()));
        assert_eq!(actions, [approve(), Action::Send(Outbound::Subscribe(JOE.into())), approve()]);
    }

    #[test]
    fn presence_is_written_down_when_it_changes() {
        let (mut people, mut actions) = (people(), Vec::new());
        let note = |resource: &str, show| {
            Action::Tell(Note::Presence { agent: JOE.into(), resource: resource.into(), show })
        };
        for show in [Show::Available, Show::Available, Show::Away] {
            people.presence(from(JOE, Some("desk")), Presence::Here(show), &mut actions);
        }
        people.presence(from(JOE, Some("phone")), Presence::Here(Show::Away), &mut actions);
        people.presence(from(JOE, Some("nowhere")), Presence::Gone, &mut actions);
        people.presence(from(JOE, None), Presence::Gone, &mut actions);
        let expected = [
            note("desk", Some(Show::Available)),
            note("desk", Some(Show::Away)),
            note("phone", Some(Show::Away)),
            note("desk", None),
            note("phone", None),
        ];
        assert_eq!(actions, expected);
    }

    #[test]
    fn no_account_can_fill_our_memory_with_clients() {
        let (mut people, mut actions) = (people(), Vec::new());
        for n in 0..1000 {
            let client = n.to_string();
            people.presence(from(JOE, Some(&client)), Presence::Here(Show::Available), &mut actions);
        }
        assert_eq!(actions.len(), MAX_CLIENTS);
    }
}
