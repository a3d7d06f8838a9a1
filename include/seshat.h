/* SPDX-License-Identifier: BSD-3-Clause */
/* @generated from seshat-ffi/src by seshat-ffi/tests/header.rs; do not edit. */
/**
 * @file seshat.h
 * @brief Put a visitor chat in any web application.
 *
 * Conventions
 *  - Names: types and functions seshat_*, macros and constants SESHAT_*.
 *  - Results: functions that can fail return a seshat_status. SESHAT_OK is 0, "nothing yet" is positive, errors
 *    are negative. Outputs come last and are written only on success; an object's pointer is NULL on failure.
 *  - Errors: seshat_errmsg() has the text of the last failure on the calling thread. A bug in the library, a
 *    panic in Rust's words, comes back as SESHAT_EINTERNAL; the process goes on.
 *  - Arguments: NULL, text that is not UTF-8, a NUL inside a text, an impossible length and a number out of range
 *    are SESHAT_EINVAL, never a crash. A pointer that is not NULL must point to what it says.
 *  - Texts in: a pointer and a length in bytes; SESHAT_NUL_TERMINATED as the length means strlen(). Where a text
 *    may be left out, NULL does that.
 *  - Texts out: UTF-8 with a length, and a NUL behind it. They belong to the object they come from and are valid
 *    until it is freed; texts said to be static are valid for ever.
 *  - Structs begin with struct_size and grow only at their end. Begin with the struct's SESHAT_*_INIT. A program
 *    made for an older or a newer library works with this one as long as it asks for nothing that is missing.
 *  - Ownership: what comes back through a pointer to a pointer is the caller's, to be released with the matching
 *    *_close or *_free, never with free(). Those accept NULL.
 *  - Threads: a seshat_store and a seshat_web may be used by many threads at once, what a call has found (lists,
 *    responses) by one at a time.
 *  - Forks: the library closes its SQLite handles before a fork() and opens new ones on next use on both sides. What
 *    calls have found stays readable.
 *  - Signals: the library installs no handlers and starts no threads.
 *  - SQLite: never open the store's file with another copy of SQLite in this process.
 *  - ABI: within SONAME libseshat.so.0 and one minor version, functions, constants and struct fields are only
 *    added. Take unknown numbers of states, reasons and the like for "other".
 */

#ifndef SESHAT_H
#define SESHAT_H

#include <stddef.h>
#include <stdint.h>

#define SESHAT_VERSION_MAJOR 0
#define SESHAT_VERSION_MINOR 1
#define SESHAT_VERSION_PATCH 0
/** major * 1000000 + minor * 1000 + patch; compare it with seshat_version_number(). */
#define SESHAT_VERSION_NUMBER (SESHAT_VERSION_MAJOR * 1000000 + SESHAT_VERSION_MINOR * 1000 + SESHAT_VERSION_PATCH)
#define SESHAT_VERSION "0.1.0"

#if defined(__GNUC__)
# define SESHAT_API __attribute__((visibility("default")))
# define SESHAT_NODISCARD __attribute__((warn_unused_result))
#else
# define SESHAT_API
# define SESHAT_NODISCARD
#endif

/** As a length: the text ends at its first NUL. */
#define SESHAT_NUL_TERMINATED ((size_t)-1)


/**
 * Fail when the file is missing, instead of making it.
 */
#define SESHAT_OPEN_EXISTING 1

/**
 * Durability "normal": a write that returned survives a crash of any process, but the last moments may be lost
 * with the power. Without it a write that returned survives a power loss too.
 */
#define SESHAT_OPEN_NORMAL 2

/**
 * Bytes for an agent's name, the terminating NUL included: 127 characters of four bytes.
 */
#define SESHAT_NAME_SIZE 512

/**
 * Bytes of a token's text, the terminating NUL included.
 */
#define SESHAT_TOKEN_SIZE 44

/**
 * For seshat_chat_poll(): the caller has no rev yet.
 */
#define SESHAT_NO_REV -1

/**
 * For seshat_chat_poll(): do not wait.
 */
#define SESHAT_NO_WAIT 0

/**
 * Longer waits are cut to this.
 */
#define SESHAT_WAIT_MAX_MS 55000

/**
 * Do not count messages.
 */
#define SESHAT_WEB_NO_MESSAGE_RATE 1

/**
 * Do not count new chats and left messages.
 */
#define SESHAT_WEB_NO_START_RATE 2

/**
 * A list of chats.
 */
typedef struct seshat_chats seshat_chats;

/**
 * What a poll has found: messages, and how the chat stood then.
 */
typedef struct seshat_messages seshat_messages;

/**
 * The answer to one request. The adapter adds Content-Length and whatever its server wants.
 */
typedef struct seshat_response seshat_response;

/**
 * An open store. Many threads may use one at once.
 */
typedef struct seshat_store seshat_store;

/**
 * The HTTP contract over a store. Many threads may use one at once.
 */
typedef struct seshat_web seshat_web;

/**
 * What a call returns: 0 is success, positive "nothing yet", negative an error.
 */
typedef int32_t seshat_status;

/**
 * How to open a store. Zero means the default in every field; fields are only ever added at the end.
 */
typedef struct seshat_open_options {
  /**
   * sizeof(seshat_open_options)
   */
  size_t struct_size;
  /**
   * SESHAT_OPEN_* or 0
   */
  uint32_t flags;
  /**
   * How long a call waits for other writers; 0 means 5000.
   */
  uint32_t busy_timeout_ms;
} seshat_open_options;
/** What a seshat_open_options begins with. */
#define SESHAT_OPEN_OPTIONS_INIT { sizeof(seshat_open_options), 0, 0 }

/**
 * Is anyone there: one of SESHAT_AVAILABILITY_*.
 */
typedef int32_t seshat_availability;

/**
 * A message for the time when nobody is there. Every text may be NULL but those that say otherwise.
 */
typedef struct seshat_leave_request {
  /**
   * sizeof(seshat_leave_request)
   */
  size_t struct_size;
  /**
   * The visitor's name; NULL means "visitor".
   */
  const char *name;
  /**
   * Its length.
   */
  size_t name_len;
  /**
   * Where to answer. Not NULL.
   */
  const char *email;
  /**
   * Its length.
   */
  size_t email_len;
  /**
   * The message. Not NULL.
   */
  const char *text;
  /**
   * Its length.
   */
  size_t text_len;
  /**
   * The page the visitor is on.
   */
  const char *page;
  /**
   * Its length.
   */
  size_t page_len;
  /**
   * The same key is the same message. Unguessable, up to 64 characters.
   */
  const char *key;
  /**
   * Its length.
   */
  size_t key_len;
  /**
   * The visitor's network address, to be counted against: SESHAT_ELIMIT when there were too many. Only a keyed
   * hash of it is stored.
   */
  const char *address;
  /**
   * Its length.
   */
  size_t address_len;
} seshat_leave_request;
/** What a seshat_leave_request begins with. */
#define SESHAT_LEAVE_REQUEST_INIT { sizeof(seshat_leave_request), NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0 }

/**
 * Where a chat stands: one of SESHAT_CHAT_*.
 */
typedef int32_t seshat_chat_state;

/**
 * Why a chat ended: one of SESHAT_REASON_*.
 */
typedef int32_t seshat_reason;

/**
 * Who a message is from: one of SESHAT_FROM_*.
 */
typedef int32_t seshat_sender;

/**
 * Which of Seshat's own sentences a message is, for translation: one of SESHAT_NOTICE_*.
 */
typedef int32_t seshat_notice;

/**
 * What a chat begins with. Every text may be NULL.
 */
typedef struct seshat_start_request {
  /**
   * sizeof(seshat_start_request)
   */
  size_t struct_size;
  /**
   * The visitor's name; NULL means "visitor".
   */
  const char *name;
  /**
   * Its length.
   */
  size_t name_len;
  /**
   * Where to answer if the visitor is gone.
   */
  const char *email;
  /**
   * Its length.
   */
  size_t email_len;
  /**
   * The first message.
   */
  const char *text;
  /**
   * Its length.
   */
  size_t text_len;
  /**
   * The page the visitor is on.
   */
  const char *page;
  /**
   * Its length.
   */
  size_t page_len;
  /**
   * The visitor's language.
   */
  const char *locale;
  /**
   * Its length.
   */
  size_t locale_len;
  /**
   * The site's own fields: a JSON object.
   */
  const char *fields;
  /**
   * Its length.
   */
  size_t fields_len;
  /**
   * The same key gives the same chat and token again. Unguessable, up to 64 characters: it is as secret as the
   * token.
   */
  const char *key;
  /**
   * Its length.
   */
  size_t key_len;
  /**
   * The visitor's network address, to be counted against: SESHAT_ELIMIT when there were too many. Only a keyed
   * hash of it is stored.
   */
  const char *address;
  /**
   * Its length.
   */
  size_t address_len;
} seshat_start_request;
/** What a seshat_start_request begins with. */
#define SESHAT_START_REQUEST_INIT { sizeof(seshat_start_request), NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0 }

/**
 * A chat that was started.
 */
typedef struct seshat_chat_ref {
  /**
   * sizeof(seshat_chat_ref), set before the call
   */
  size_t struct_size;
  /**
   * The number agents see as "#42".
   */
  int64_t chat;
  /**
   * 1 when this call has made it; 0 when its key had been used before.
   */
  uint32_t is_new;
  /**
   * The visitor's secret: whoever holds it is the visitor. 43 characters of A-Z a-z 0-9 - _
   */
  char token[SESHAT_TOKEN_SIZE];
} seshat_chat_ref;
/** What a seshat_chat_ref begins with. */
#define SESHAT_CHAT_REF_INIT { sizeof(seshat_chat_ref), 0, 0, { 0 } }

/**
 * A chat as its visitor sees it.
 */
typedef struct seshat_chat_info {
  /**
   * sizeof(seshat_chat_info), set before the call
   */
  size_t struct_size;
  /**
   * The number agents see as "#42".
   */
  int64_t chat;
  /**
   * Grows with every visible change; hand it to the next seshat_chat_poll().
   */
  int64_t rev;
  /**
   * The seq of the chat's last message.
   */
  int64_t last_seq;
  /**
   * The last of the visitor's messages the agent is known to have read.
   */
  int64_t read_seq;
  /**
   * Where it stands.
   */
  seshat_chat_state state;
  /**
   * Why it has ended.
   */
  seshat_reason reason;
  /**
   * The place in the queue, 1 = next; 0 unless waiting.
   */
  uint32_t position;
  /**
   * Is anyone there?
   */
  seshat_availability availability;
  /**
   * The visitor's rating: 1 good, -1 not good, 0 none.
   */
  int32_t rating;
  /**
   * 1 while the agent is writing, else 0.
   */
  uint32_t agent_typing;
  /**
   * The name of who handles it, or handled it last; "" before. Longer ones are cut at a character.
   */
  char agent_name[SESHAT_NAME_SIZE];
} seshat_chat_info;
/** What a seshat_chat_info begins with. */
#define SESHAT_CHAT_INFO_INIT { sizeof(seshat_chat_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { 0 } }

/**
 * One line of a chat. Its texts belong to the list.
 */
typedef struct seshat_message {
  /**
   * sizeof(seshat_message), set before the call
   */
  size_t struct_size;
  /**
   * Its place in the chat: 1, 2, 3 ... without gaps. The only order there is.
   */
  int64_t seq;
  /**
   * When it was stored, in milliseconds since 1970; to be shown, not to order by.
   */
  int64_t at_ms;
  /**
   * Who has said it.
   */
  seshat_sender sender;
  /**
   * For messages from the system: which one.
   */
  seshat_notice notice;
  /**
   * The name of who has said it; NULL when not known.
   */
  const char *name;
  /**
   * Its length.
   */
  size_t name_len;
  /**
   * What was said; never NULL.
   */
  const char *text;
  /**
   * Its length.
   */
  size_t text_len;
  /**
   * The key its sender chose; NULL when there is none.
   */
  const char *key;
  /**
   * Its length.
   */
  size_t key_len;
} seshat_message;
/** What a seshat_message begins with. */
#define SESHAT_MESSAGE_INIT { sizeof(seshat_message), 0, 0, 0, 0, NULL, 0, NULL, 0, NULL, 0 }

/**
 * A chat as agents see it. Its texts belong to the list.
 */
typedef struct seshat_chat_card {
  /**
   * sizeof(seshat_chat_card), set before the call
   */
  size_t struct_size;
  /**
   * Its number.
   */
  int64_t chat;
  /**
   * When it began, in milliseconds since 1970.
   */
  int64_t started_at_ms;
  /**
   * The visitor's name; never NULL.
   */
  const char *visitor;
  /**
   * Its length.
   */
  size_t visitor_len;
  /**
   * The page it was started from; NULL when not known.
   */
  const char *page;
  /**
   * Its length.
   */
  size_t page_len;
} seshat_chat_card;
/** What a seshat_chat_card begins with. */
#define SESHAT_CHAT_CARD_INIT { sizeof(seshat_chat_card), 0, 0, NULL, 0, NULL, 0 }

/**
 * A name and a value: a header, or a setting of the widget. This struct never grows.
 */
typedef struct seshat_header {
  /**
   * The name; not NULL.
   */
  const char *name;
  /**
   * Its length.
   */
  size_t name_len;
  /**
   * The value; not NULL.
   */
  const char *value;
  /**
   * Its length.
   */
  size_t value_len;
} seshat_header;

/**
 * What a site may set. Zero and NULL mean the default in every field.
 */
typedef struct seshat_web_options {
  /**
   * sizeof(seshat_web_options)
   */
  size_t struct_size;
  /**
   * SESHAT_WEB_* or 0
   */
  uint32_t flags;
  /**
   * The longest a poll may wait: what the site's server can hold open. Default 0, right for few workers.
   */
  uint32_t max_wait_ms;
  /**
   * How long a page should wait between polls while a chat goes on. Default 2000.
   */
  uint32_t poll_interval_ms;
  /**
   * New messages in one chat: how many at once. Default 10.
   */
  uint32_t message_burst;
  /**
   * In how long that many may be written again. Default 10000.
   */
  uint32_t message_period_ms;
  /**
   * New chats and left messages from one address: how many at once. Default 5.
   */
  uint32_t start_burst;
  /**
   * In how long that many may be made again. Default 600000.
   */
  uint32_t start_period_ms;
  /**
   * Characters in one message. Default, and most, 4000.
   */
  uint32_t max_text_chars;
  /**
   * Bytes in one request's body. Default 131072; an adapter need not read more than one beyond it.
   */
  size_t max_body;
  /**
   * Where the contract lives on the site: starts with "/", does not end with one. Default "/seshat".
   */
  const char *base;
  /**
   * Its length.
   */
  size_t base_len;
  /**
   * The name of the cookie that holds the visitor's token. Default "seshat".
   */
  const char *cookie;
  /**
   * Its length.
   */
  size_t cookie_len;
  /**
   * Foreign origins whose pages may call, separated by spaces, each as browsers send it:
   * "https://www.example.com". Default none.
   */
  const char *allowed_origins;
  /**
   * Its length.
   */
  size_t allowed_origins_len;
} seshat_web_options;
/** What a seshat_web_options begins with. */
#define SESHAT_WEB_OPTIONS_INIT { sizeof(seshat_web_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL, 0, NULL, 0 }

/**
 * One request, as the web server saw it. Texts that are not UTF-8 are read as if they were, with U+FFFD for what
 * is wrong.
 */
typedef struct seshat_web_request {
  /**
   * sizeof(seshat_web_request)
   */
  size_t struct_size;
  /**
   * "GET", "POST" ..., in capitals. Not NULL.
   */
  const char *method;
  /**
   * Its length.
   */
  size_t method_len;
  /**
   * The path, percent-decoded, with the base. Not NULL.
   */
  const char *path;
  /**
   * Its length.
   */
  size_t path_len;
  /**
   * What follows the "?", not decoded; NULL when there is none.
   */
  const char *query;
  /**
   * Its length.
   */
  size_t query_len;
  /**
   * All headers, names in any case; NULL when there are none.
   */
  const struct seshat_header *headers;
  /**
   * How many they are.
   */
  size_t header_count;
  /**
   * The body, any bytes; NULL when there is none.
   */
  const char *body;
  /**
   * Its length.
   */
  size_t body_len;
  /**
   * The visitor's network address, which starts are counted against. Behind a proxy take it from the proxy's
   * word, and from nobody else's.
   */
  const char *client_ip;
  /**
   * Its length.
   */
  size_t client_ip_len;
  /**
   * The name of a visitor whom the site has logged in; what the page says of it then counts for nothing.
   */
  const char *user_name;
  /**
   * Its length.
   */
  size_t user_name_len;
  /**
   * Their address; NULL when the page may say. Counts only beside a name.
   */
  const char *user_email;
  /**
   * Its length.
   */
  size_t user_email_len;
  /**
   * Not 0 when the visitor's browser used https.
   */
  uint32_t https;
} seshat_web_request;
/** What a seshat_web_request begins with. */
#define SESHAT_WEB_REQUEST_INIT { sizeof(seshat_web_request), NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0, 0 }

/**
 * It was done.
 */
#define SESHAT_OK 0

/**
 * Nothing new, even after the wait; not an error.
 */
#define SESHAT_TIMEOUT 1

/**
 * seshat_interrupt() ended the wait; not an error.
 */
#define SESHAT_INTERRUPTED 2

/**
 * A bug in Seshat, a caught panic included.
 */
#define SESHAT_EINTERNAL -1

/**
 * A bad argument: NULL, not UTF-8, out of range. seshat_errfield() names it.
 */
#define SESHAT_EINVAL -2

/**
 * No such chat, or the token is nobody's.
 */
#define SESHAT_ENOTFOUND -3

/**
 * The chat has ended.
 */
#define SESHAT_ECLOSED -4

/**
 * A text is over its limit. seshat_errfield() names it.
 */
#define SESHAT_ETOOBIG -5

/**
 * Too much in too short a time; see seshat_err_retry_after_ms().
 */
#define SESHAT_ELIMIT -6

/**
 * The store stayed locked past the time-out. Trying again is safe.
 */
#define SESHAT_EBUSY -7

/**
 * The disk, a permission or the file system failed.
 */
#define SESHAT_EIO -8

/**
 * Not a Seshat store, or a damaged one.
 */
#define SESHAT_ECORRUPT -9

/**
 * The store was made by a newer Seshat, or SQLite is too old.
 */
#define SESHAT_EVERSION -10

/**
 * The memory is used up. Reserved: today the process ends, as Rust programs do.
 */
#define SESHAT_ENOMEM -11

/**
 * The process was forked behind the C library's back, or the file was replaced under the store.
 */
#define SESHAT_ESTALE -12

/**
 * In the queue: nobody has accepted it yet.
 */
#define SESHAT_CHAT_WAITING 1

/**
 * An agent is handling it.
 */
#define SESHAT_CHAT_OPEN 2

/**
 * Over, for good.
 */
#define SESHAT_CHAT_CLOSED 3

/**
 * It has not ended.
 */
#define SESHAT_REASON_NONE 0

/**
 * The agent or the visitor ended a chat that was open.
 */
#define SESHAT_REASON_FINISHED 1

/**
 * An agent turned the request down.
 */
#define SESHAT_REASON_CANCELLED 2

/**
 * The visitor left before anyone accepted.
 */
#define SESHAT_REASON_ABANDONED 3

/**
 * Nobody accepted in time.
 */
#define SESHAT_REASON_MISSED 4

/**
 * At least one agent is available.
 */
#define SESHAT_AVAILABILITY_ONLINE 1

/**
 * Agents are connected, but none wants to be disturbed.
 */
#define SESHAT_AVAILABILITY_AWAY 2

/**
 * No agent is connected, or the broker is not running.
 */
#define SESHAT_AVAILABILITY_OFFLINE 3

/**
 * The person on the website.
 */
#define SESHAT_FROM_VISITOR 1

/**
 * The employee who answers.
 */
#define SESHAT_FROM_AGENT 2

/**
 * Seshat itself; the message then has a notice.
 */
#define SESHAT_FROM_SYSTEM 3

/**
 * None: somebody has written it.
 */
#define SESHAT_NOTICE_NONE 0

/**
 * An agent has accepted the chat.
 */
#define SESHAT_NOTICE_ACCEPTED 1

/**
 * The chat has ended.
 */
#define SESHAT_NOTICE_CLOSED 2

/**
 * An agent turned the request down.
 */
#define SESHAT_NOTICE_CANCELLED 3

/**
 * The agent had to go; the chat is back in the queue.
 */
#define SESHAT_NOTICE_REQUEUED 4

/**
 * Nobody came in time.
 */
#define SESHAT_NOTICE_MISSED 5

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The library's version as major * 1000000 + minor * 1000 + patch, to be compared with SESHAT_VERSION_NUMBER,
 * which is that of the header.
 */
SESHAT_API
uint32_t seshat_version_number(void);

/**
 * The library's version, such as "0.1.0". Static, never NULL.
 */
SESHAT_API const char *seshat_version(void);

/**
 * The text of the last failure on the calling thread, "could not <verb> <object>: <cause>"; never NULL,
 * unspecified after a success. It is the library's and valid until this thread's next call.
 */
SESHAT_API
const char *seshat_errmsg(void);

/**
 * The argument that was wrong in the last failure on the calling thread, such as "text"; NULL when the failure
 * was not about one. It is the library's and valid until this thread's next call.
 */
SESHAT_API
const char *seshat_errfield(void);

/**
 * After SESHAT_ELIMIT on the calling thread: in how many milliseconds trying again makes sense; else 0.
 */
SESHAT_API
uint32_t seshat_err_retry_after_ms(void);

/**
 * A status as programs write it, such as "SESHAT_EBUSY"; "unknown" for other numbers. Static, never NULL.
 */
SESHAT_API
const char *seshat_status_name(seshat_status status);

/**
 * What a status means, as an English sentence. Static, never NULL. seshat_errmsg() says more.
 */
SESHAT_API const char *seshat_status_str(seshat_status status);

/**
 * Opens the store at path, making the file when it is missing. options may be NULL.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_store_open(const char *path,
                                size_t path_len,
                                const struct seshat_open_options *options,
                                struct seshat_store **out_store);

/**
 * Closes a store; no other call may use it now or later. NULL is fine.
 */
SESHAT_API void seshat_store_close(struct seshat_store *store);

/**
 * Ends every wait that is going on now on this store, in any thread, within 100 ms: it returns
 * SESHAT_INTERRUPTED. NULL is fine. It may be called from a signal handler.
 */
SESHAT_API void seshat_interrupt(struct seshat_store *store);

/**
 * Is anyone there? Cheap enough for every page view.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_store_availability(struct seshat_store *store,
                                        seshat_availability *out_availability);

/**
 * Leaves a message for the agents, who get it as soon as they are there. out_id, its number, may be NULL.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_store_leave(struct seshat_store *store,
                                 const struct seshat_leave_request *request,
                                 int64_t *out_id);

/**
 * "waiting", "open" or "closed"; "" for other numbers. Static, never NULL.
 */
SESHAT_API const char *seshat_chat_state_name(seshat_chat_state state);

/**
 * "finished", "cancelled", "abandoned" or "missed"; "" for other numbers. Static, never NULL.
 */
SESHAT_API const char *seshat_reason_name(seshat_reason reason);

/**
 * "online", "away" or "offline"; "" for other numbers. Static, never NULL.
 */
SESHAT_API const char *seshat_availability_name(seshat_availability availability);

/**
 * "visitor", "agent" or "system"; "" for other numbers. Static, never NULL.
 */
SESHAT_API const char *seshat_sender_name(seshat_sender sender);

/**
 * "accepted", "closed", "cancelled", "requeued" or "missed"; "" for other numbers. Static, never NULL.
 */
SESHAT_API
const char *seshat_notice_name(seshat_notice notice);

/**
 * Starts a chat and puts it in the queue.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_start(struct seshat_store *store,
                                const struct seshat_start_request *request,
                                struct seshat_chat_ref *out_ref);

/**
 * Says something in a chat. When it returns SESHAT_OK, the message is stored as durably as the store was opened
 * for. A key seen before in this chat gives the message it made then; with another text it is SESHAT_EINVAL.
 * key may be NULL, and so may out_seq, the message's place in the chat: 1, 2, 3 ...
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_send(struct seshat_store *store,
                               const char *token,
                               size_t token_len,
                               const char *text,
                               size_t text_len,
                               const char *key,
                               size_t key_len,
                               int64_t *out_seq);

/**
 * Whose token is this, and how does their chat stand? Never waits.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_status(struct seshat_store *store,
                                 const char *token,
                                 size_t token_len,
                                 struct seshat_chat_info *out_info);

/**
 * The visitor is writing (not 0), or has stopped (0). Forgotten after ten seconds; nothing happens on a closed chat.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_set_typing(struct seshat_store *store,
                                     const char *token,
                                     size_t token_len,
                                     int32_t typing);

/**
 * The visitor has seen everything up to and with message seq.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_set_read(struct seshat_store *store,
                                   const char *token,
                                   size_t token_len,
                                   int64_t seq);

/**
 * The visitor's verdict: 1 good, -1 not good, 0 takes it back. Also after the end.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_set_rating(struct seshat_store *store,
                                     const char *token,
                                     size_t token_len,
                                     int32_t rating);

/**
 * The visitor ends the chat. Ending it twice is the same as once.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_finish(struct seshat_store *store,
                                 const char *token,
                                 size_t token_len);

/**
 * What is new in a chat: the messages after seq `after`, oldest first, at most limit (0 and everything above 100
 * mean 100), and how the chat stands.
 *
 * rev is that of the state the caller has, or SESHAT_NO_REV. With a rev the call answers when the chat has changed
 * since, or has messages after `after`. Without one it answers at once when timeout_ms is SESHAT_NO_WAIT, else when
 * there are messages after `after` or anything changes from now on. It waits up to timeout_ms for that.
 *
 * Returns SESHAT_OK and a list, which has no messages when only the state is new; SESHAT_TIMEOUT or
 * SESHAT_INTERRUPTED and NULL, which is an empty list; or an error.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chat_poll(struct seshat_store *store,
                               const char *token,
                               size_t token_len,
                               int64_t after,
                               int64_t rev,
                               uint32_t limit,
                               uint32_t timeout_ms,
                               struct seshat_messages **out_messages);

/**
 * How many messages a list has; 0 for NULL.
 */
SESHAT_API size_t seshat_messages_count(const struct seshat_messages *list);

/**
 * The message at index, from 0 on. Its texts are valid until the list is freed.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_messages_get(const struct seshat_messages *list,
                                  size_t index,
                                  struct seshat_message *out_message);

/**
 * How the chat stood at the time of the poll.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_messages_info(const struct seshat_messages *list,
                                   struct seshat_chat_info *out_info);

/**
 * Frees a list and all texts in it. NULL is fine.
 */
SESHAT_API void seshat_messages_free(struct seshat_messages *list);

/**
 * The chats that wait for an agent, next first, at most limit. For the site's own people, never for visitors.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chats_waiting(struct seshat_store *store,
                                   uint32_t limit,
                                   struct seshat_chats **out_chats);

/**
 * How many chats a list has; 0 for NULL.
 */
SESHAT_API size_t seshat_chats_count(const struct seshat_chats *list);

/**
 * The chat at index, from 0 on. Its texts are valid until the list is freed.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_chats_get(const struct seshat_chats *list,
                               size_t index,
                               struct seshat_chat_card *out_card);

/**
 * Frees a list and all texts in it. NULL is fine.
 */
SESHAT_API void seshat_chats_free(struct seshat_chats *list);

/**
 * The status code, such as 200; 500 for NULL.
 */
SESHAT_API uint32_t seshat_response_status(const struct seshat_response *response);

/**
 * How many headers there are; 0 for NULL.
 */
SESHAT_API size_t seshat_response_header_count(const struct seshat_response *response);

/**
 * The header at index, from 0 on, to be sent as a line of its own. Its texts are valid until the response is freed.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_response_header(const struct seshat_response *response,
                                     size_t index,
                                     struct seshat_header *out_header);

/**
 * The body, any bytes, and beyond its end a NUL; never NULL. It is valid until the response is freed. out_len, its
 * length, may be NULL.
 */
SESHAT_API
const char *seshat_response_body(const struct seshat_response *response,
                                 size_t *out_len);

/**
 * What failed behind a status of 500, for the site's log and never for the visitor; NULL when nothing did.
 */
SESHAT_API
const char *seshat_response_fault(const struct seshat_response *response);

/**
 * Frees a response and all that is in it. NULL is fine.
 */
SESHAT_API void seshat_response_free(struct seshat_response *response);

/**
 * Binds a site's options to a store. options may be NULL. The store may be closed before what this returns is.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_web_open(struct seshat_store *store,
                              const struct seshat_web_options *options,
                              struct seshat_web **out_web);

/**
 * Lets go of the options and the store. NULL is fine.
 */
SESHAT_API void seshat_web_close(struct seshat_web *web);

/**
 * Answers one request. Blocks only for the store, and in a poll for as long as the options allow; then
 * seshat_interrupt() ends the wait, and the answer is as if its time were over.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_web_handle(struct seshat_web *web,
                                const struct seshat_web_request *request,
                                struct seshat_response **out_response);

/**
 * The lines a template prints to get the chat: a response with status 200 and the HTML as its body. jQuery is the
 * site's own and must come before them. Each setting becomes an attribute of the widget: "name" and "customer"
 * become data-name="customer". settings may be NULL when there are none.
 */
SESHAT_API
SESHAT_NODISCARD
seshat_status seshat_web_snippet(struct seshat_web *web,
                                 const struct seshat_header *settings,
                                 size_t setting_count,
                                 struct seshat_response **out_response);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SESHAT_H */
