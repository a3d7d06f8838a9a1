//! Who may do what to which chat. Pure: facts in, a verdict out; the store asks inside its transactions.

use crate::desk::Refusal;
use crate::types::ChatState;

/// What a verdict needs to know of a chat.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub state: ChatState,
    /// The agent who handles it: their key in the store and their name.
    pub agent: Option<(i64, &'a str)>,
}

/// May `agent`, who handles `held` chats, accept this one?
pub(crate) fn accept(chat: &Facts<'_>, agent: i64, held: u32, limit: u32) -> Result<(), Refusal> {
    match (chat.state, chat.agent) {
        (ChatState::Closed(reason), _) => Err(Refusal::Closed(reason)),
        (ChatState::Open, Some((by, _))) if by == agent => Err(Refusal::Yours),
        (ChatState::Open, by) => Err(taken(by)),
        (ChatState::Waiting, _) if held >= limit => Err(Refusal::TooMany { limit }),
        (ChatState::Waiting, _) => Ok(()),
    }
}

/// May `agent` turn this chat down? Only while it waits.
pub(crate) fn cancel(chat: &Facts<'_>, agent: i64) -> Result<(), Refusal> {
    accept(chat, agent, 0, 1)
}

/// May `agent` speak in, choose or finish this chat? Only their own.
pub(crate) fn handle(chat: &Facts<'_>, agent: i64) -> Result<(), Refusal> {
    match (chat.state, chat.agent) {
        (ChatState::Closed(reason), _) => Err(Refusal::Closed(reason)),
        (ChatState::Waiting, _) => Err(Refusal::Waiting),
        (ChatState::Open, Some((by, _))) if by == agent => Ok(()),
        (ChatState::Open, by) => Err(taken(by)),
    }
}

fn taken(by: Option<(i64, &str)>) -> Refusal {
    Refusal::Taken { by: by.map_or_else(String::new, |(_, name)| name.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::CloseReason::Finished;

    const ME: i64 = 1;
    const JOE: Option<(i64, &str)> = Some((2, "Joe"));

    fn chat(state: ChatState, agent: Option<(i64, &'static str)>) -> Facts<'static> {
        Facts { state, agent }
    }

    #[test]
    fn a_waiting_chat_can_be_accepted_until_the_agent_has_enough() {
        let waiting = chat(ChatState::Waiting, None);
        assert_eq!(accept(&waiting, ME, 2, 3), Ok(()));
        assert_eq!(accept(&waiting, ME, 3, 3), Err(Refusal::TooMany { limit: 3 }));
    }

    #[test]
    fn an_open_chat_is_its_agents_alone() {
        let joes = chat(ChatState::Open, JOE);
        let taken = Refusal::Taken { by: "Joe".into() };
        assert_eq!(accept(&joes, ME, 0, 3), Err(taken.clone()));
        assert_eq!(cancel(&joes, ME), Err(taken.clone()));
        assert_eq!(handle(&joes, ME), Err(taken));
        assert_eq!(handle(&joes, 2), Ok(()));
        assert_eq!(accept(&joes, 2, 1, 3), Err(Refusal::Yours));
    }

    #[test]
    fn a_closed_chat_stays_closed() {
        let closed = chat(ChatState::Closed(Finished), JOE);
        for verdict in [accept(&closed, 2, 0, 3), cancel(&closed, 2), handle(&closed, 2)] {
            assert_eq!(verdict, Err(Refusal::Closed(Finished)));
        }
    }

    #[test]
    fn nobody_speaks_in_a_waiting_chat() {
        assert_eq!(handle(&chat(ChatState::Waiting, None), ME), Err(Refusal::Waiting));
    }
}
