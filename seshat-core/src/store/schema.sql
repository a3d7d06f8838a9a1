-- The store's schema as of now: the only copy. Older stores are brought here by migrate.rs, step by step.
-- Times are milliseconds since 1970 and order nothing; 0/1 are no/yes.

-- Who this store is: 'store' (its name inside stanza ids) and 'secret' (the key of its keyed hashes).
CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- One row: the queue's rev, what the agents' presence amounts to, and the broker's last sign of life.
CREATE TABLE desk(
  id        INTEGER PRIMARY KEY CHECK(id = 1),
  rev       INTEGER NOT NULL DEFAULT 0,  -- grows when places in the queue or availability change
  show      INTEGER NOT NULL DEFAULT 0 CHECK(show IN (0, 1, 2)),  -- best of all agents: 0 offline 1 away 2 available
  connected INTEGER NOT NULL DEFAULT 0,
  beat      INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO desk(id) VALUES(1);

CREATE TABLE agent(
  id      INTEGER PRIMARY KEY,
  address TEXT    NOT NULL UNIQUE,
  name    TEXT    NOT NULL,
  active  INTEGER NOT NULL,              -- in the configuration
  show    INTEGER NOT NULL DEFAULT 0,    -- best of its resources
  current INTEGER                        -- the chat its plain lines go to
) STRICT;
CREATE INDEX agent_show ON agent(show);
CREATE INDEX agent_active ON agent(active);

CREATE TABLE resource(
  agent INTEGER NOT NULL REFERENCES agent(id) ON DELETE CASCADE,
  name  TEXT    NOT NULL,
  show  INTEGER NOT NULL,
  PRIMARY KEY(agent, name)
) STRICT, WITHOUT ROWID;

-- The small row every poll reads and every message rewrites. AUTOINCREMENT: a number is never used again.
CREATE TABLE chat(
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  token          BLOB    NOT NULL UNIQUE CHECK(length(token) = 32),    -- SHA-256 of the visitor's token
  state          INTEGER NOT NULL DEFAULT 0 CHECK(state IN (0, 1, 2)), -- 0 waiting 1 open 2 closed
  reason         INTEGER CHECK((state = 2) = (reason IS NOT NULL)),    -- 0 finished 1 cancelled 2 abandoned 3 missed
  rev            INTEGER NOT NULL DEFAULT 1, -- grows with every change the visitor can see; while waiting the desk's is added
  last_seq       INTEGER NOT NULL DEFAULT 0,
  relayed        INTEGER NOT NULL DEFAULT 0, -- the last of the visitor's messages an agent's server has
  agent          INTEGER REFERENCES agent(id),
  agent_read     INTEGER NOT NULL DEFAULT 0,
  visitor_read   INTEGER NOT NULL DEFAULT 0,
  agent_typing   INTEGER NOT NULL DEFAULT 0, -- until when
  visitor_typing INTEGER NOT NULL DEFAULT 0, -- until when
  rating         INTEGER NOT NULL DEFAULT 0 CHECK(rating IN (-1, 0, 1)),
  bucket         INTEGER NOT NULL DEFAULT 0, -- of the message rate
  created        INTEGER NOT NULL,
  changed        INTEGER NOT NULL,
  visitor        TEXT    NOT NULL
) STRICT;
-- A partial index serves only queries that repeat its condition to the letter.
CREATE INDEX chat_waiting ON chat(id) WHERE state = 0;
CREATE INDEX chat_open ON chat(agent) WHERE state = 1;

-- What a chat began with, out of the way of the polls.
CREATE TABLE detail(
  chat   INTEGER PRIMARY KEY REFERENCES chat(id) ON DELETE CASCADE,
  email  TEXT,
  page   TEXT,
  locale TEXT,
  fields TEXT CHECK(fields IS NULL OR json_valid(fields))
) STRICT;

CREATE TABLE message(
  chat   INTEGER NOT NULL REFERENCES chat(id) ON DELETE CASCADE,
  seq    INTEGER NOT NULL,
  sender INTEGER NOT NULL CHECK(sender IN (0, 1, 2)), -- 0 visitor 1 agent 2 system
  at     INTEGER NOT NULL,
  notice INTEGER,                                     -- of system messages
  name   TEXT,                                        -- of the agent, as it was then
  key    TEXT,                                        -- chosen by the sender; a repeat is the same message
  text   TEXT    NOT NULL,
  PRIMARY KEY(chat, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_key ON message(chat, key) WHERE key IS NOT NULL;

-- Messages for the time when nobody is there.
CREATE TABLE left_message(
  id        INTEGER PRIMARY KEY,
  delivered INTEGER NOT NULL DEFAULT 0, -- how many agents' servers took it, less those that sent it back
  at        INTEGER NOT NULL,
  name      TEXT    NOT NULL,
  email     TEXT    NOT NULL,
  page      TEXT,
  key       TEXT,
  text      TEXT    NOT NULL
) STRICT;
CREATE INDEX left_message_undelivered ON left_message(id) WHERE delivered <= 0;
CREATE UNIQUE INDEX left_message_key ON left_message(key) WHERE key IS NOT NULL;

-- What is to be said to agents, gone once their server has it. The key is what the row says, so that a late
-- acknowledgement can never hit another row.
CREATE TABLE outbox(
  sending  INTEGER NOT NULL DEFAULT 0, -- claimed by the broker
  chat     INTEGER NOT NULL,           -- 0 for left messages
  seq      INTEGER NOT NULL,           -- 0 for offers
  agent    INTEGER NOT NULL REFERENCES agent(id),
  kind     INTEGER NOT NULL,           -- 0 offer 1 line 2 closed 3 left message
  attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(sending, chat, seq, agent)
) STRICT, WITHOUT ROWID;

-- Which waiting chat was offered to whom, so that presence that flickers does not repeat it.
CREATE TABLE offered(
  chat  INTEGER NOT NULL,
  agent INTEGER NOT NULL,
  PRIMARY KEY(chat, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX offered_agent ON offered(agent);

-- Agents' stanzas that were obeyed, for a day.
CREATE TABLE heard(
  agent  INTEGER NOT NULL,
  stanza TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY(agent, stanza)
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_at ON heard(at);

-- Buckets of the start rate, by keyed hash of the address.
CREATE TABLE address(
  hash   BLOB    PRIMARY KEY,
  bucket INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX address_bucket ON address(bucket);
