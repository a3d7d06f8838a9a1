// Every sentence the widget says, in one table. A site overrides any of them with the option `strings`.
// `{n}` and `{name}` are filled in. System lines come with a code (accepted, closed, cancelled, requeued, missed)
// and in English; a string `notice_<code>` says them in other words.

export const STRINGS = {
  title: 'Chat with us',
  launcher: 'Open chat',
  unread: '{n} unread',
  close: 'Close chat window',

  connecting: 'One moment…',
  online: 'Online',
  away: 'Away for the moment',
  offline: 'Not here right now',
  waiting: 'Waiting for somebody to join',
  open: 'Online',
  closed: 'Chat closed',

  greeting: 'Hello! How can we help?',
  greeting_away: 'We are away for the moment. Write to us and we will answer.',
  thanks: 'Thank you! Somebody will be with you soon.',
  position: 'You are number {n}.',
  nobody: 'Nobody is at the desk right now. Your messages are kept.',

  conversation: 'Conversation',
  message: 'Message',
  placeholder: 'Write a message…',
  send: 'Send',
  you: 'You',
  today: 'Today',
  yesterday: 'Yesterday',
  sending: 'Sending…',
  sent: 'Sent',
  seen: 'Seen',
  not_sent: 'Not sent.',
  too_long: 'Too long to send.',
  try_again: 'Try again',
  typing: '{name} is typing…',
  new_messages: 'New messages',

  no_network: 'You are offline. Trying again…',
  trouble: 'The connection is interrupted. Trying again…',
  slow_down: 'Too fast. One moment…',
  unavailable: 'The chat cannot be reached from this page.',

  end: 'End chat',
  end_question: 'End this chat?',
  keep: 'Keep chatting',
  rate: 'How did we do?',
  good: 'Good',
  bad: 'Not good',
  transcript: 'Transcript',
  new_chat: 'New chat',

  leave: 'Leave a message',
  leave_lead: 'Nobody is at the desk right now. Write to us and we will answer by email.',
  leave_name: 'Your name',
  leave_email: 'Email',
  leave_text: 'Message',
  leave_placeholder: 'How can we help?',
  leave_send: 'Send message',
  left: 'Thank you! We have your message and will answer by email.',
  left_again: 'Write another message',
  error_email: 'Please enter a complete email address.',
  error_text: 'Please write a message.',
  error_leave: 'Not sent. Please try again.',
};

/** A function that says the sentence of a key, the site's own words first. */
export function speaker({ strings, title = STRINGS.title }) {
  const table = { ...STRINGS, title, ...strings };
  return (key, values = {}) => (table[key] ?? '').replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
