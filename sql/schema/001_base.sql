-- The first schema: the way of an event from the inbox to the delivery (SPEC 2, 18).
--
-- Times are microseconds since 1970 UTC. Ids are 16 bytes (base/id.h). Whatever is personal is sealed (crypto/seal.h) before it gets here:
-- columns marked "sealed". `tenant` is the first part of every key.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE tenants (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  location TEXT NOT NULL UNIQUE,     -- the CRM's location id: routes webhooks
  zone TEXT NOT NULL,
  key_wrapped BLOB NOT NULL,         -- tenant key under the master key
  site_key TEXT NOT NULL UNIQUE,     -- public key of the website script, /t.js
  form_secret_hash BLOB NOT NULL,    -- SHA-256 of the secret in the workflow webhook's path
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE agents (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  name BLOB NOT NULL,                -- sealed, tenant key
  zone TEXT NOT NULL,
  language TEXT NOT NULL,
  ghl_user TEXT,                     -- the CRM's user id: assignedTo
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX agents_ghl_user ON agents (tenant, ghl_user) WHERE ghl_user IS NOT NULL;

CREATE TABLE users (                 -- who may sign in; an agent's user has the agent's id
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  role TEXT NOT NULL,
  email BLOB NOT NULL,               -- sealed, tenant key
  email_hash BLOB NOT NULL UNIQUE,   -- keyed hash under the installation's key: login knows no tenant yet
  password TEXT,                     -- argon2id, NULL: cannot sign in by password
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE tokens (                -- API tokens and dashboard sessions; the token itself is a JWT and is not stored
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  user_id BLOB NOT NULL,             -- all zero: a service
  role TEXT NOT NULL,
  kind TEXT NOT NULL,                -- api, session
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,       -- 0: never
  revoked_at INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX tokens_revoked ON tokens (tenant, id) WHERE revoked_at IS NOT NULL;

CREATE TABLE settings (              -- of the tenant (scope all zero) or one agent
  tenant BLOB NOT NULL,
  scope BLOB NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,               -- JSON
  updated_at INTEGER NOT NULL,
  updated_by BLOB NOT NULL,
  PRIMARY KEY (tenant, scope, name)
) STRICT;

CREATE TABLE inbox (                 -- one durable row per delivery from outside, before it is acknowledged (IN-1)
  seq INTEGER PRIMARY KEY,
  tenant BLOB NOT NULL,
  source TEXT NOT NULL,              -- ghl, workflow, api, t.js, import
  external_id TEXT NOT NULL,         -- webhookId or the caller's id: the same twice has effect once
  kind TEXT NOT NULL,                -- the source's event type
  received_at INTEGER NOT NULL,
  state INTEGER NOT NULL,            -- 0 pending, 1 done, 2 kept but ignored, 3 dead letter
  tries INTEGER NOT NULL,
  next_at INTEGER NOT NULL,          -- not before, when pending
  body BLOB,                         -- sealed, tenant key; dropped once it is on the timeline
  error TEXT
) STRICT;
CREATE UNIQUE INDEX inbox_once ON inbox (tenant, source, external_id);
CREATE INDEX inbox_pending ON inbox (seq) WHERE state = 0;
CREATE INDEX inbox_waiting ON inbox (tenant, received_at) WHERE state = 0;
CREATE INDEX inbox_dead ON inbox (tenant, seq) WHERE state = 3;

CREATE TABLE leads (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  contact TEXT,                      -- the CRM's contact id; NULL until the CRM knows the person
  agent_id BLOB,                     -- NULL: nobody's yet
  key_wrapped BLOB NOT NULL,         -- lead key under the tenant key; forgetting it erases the person
  profile BLOB NOT NULL,             -- sealed
  picture BLOB NOT NULL,             -- sealed
  phone_hash BLOB,
  email_hash BLOB,
  visitor TEXT,                      -- the website script's visitor id, until the person is known
  likelihood REAL NOT NULL,
  intent INTEGER NOT NULL,
  confidence REAL NOT NULL,
  scored_at INTEGER NOT NULL,
  last_event_at INTEGER NOT NULL,
  opted_out INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX leads_contact ON leads (tenant, contact) WHERE contact IS NOT NULL;
CREATE INDEX leads_by_agent ON leads (tenant, agent_id, likelihood DESC, id);
CREATE INDEX leads_by_likelihood ON leads (tenant, likelihood DESC, id);
CREATE INDEX leads_phone ON leads (tenant, phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX leads_email ON leads (tenant, email_hash) WHERE email_hash IS NOT NULL;
CREATE INDEX leads_visitor ON leads (tenant, visitor) WHERE visitor IS NOT NULL;

CREATE TABLE events (                -- the timeline: appended once, never changed
  tenant BLOB NOT NULL,
  lead_id BLOB NOT NULL,
  at INTEGER NOT NULL,
  id BLOB NOT NULL,
  kind INTEGER NOT NULL,             -- engine/event.def
  source TEXT NOT NULL,
  source_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  payload BLOB NOT NULL,             -- sealed
  PRIMARY KEY (tenant, lead_id, at, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (             -- what was decided after an event, and everything it was decided from (FLOW-4)
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  lead_id BLOB NOT NULL,
  agent_id BLOB,
  at INTEGER NOT NULL,
  event_id BLOB NOT NULL,
  inputs BLOB NOT NULL,              -- sealed JSON
  effects TEXT NOT NULL,             -- JSON without personal data
  version TEXT NOT NULL,             -- of the program and its word lists
  PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE automated_insights (    -- alerts
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  insight_type TEXT NOT NULL,
  agent_id BLOB NOT NULL,
  lead_id BLOB NOT NULL,
  generated_at INTEGER NOT NULL,
  confidence REAL NOT NULL,
  priority INTEGER NOT NULL,
  insight_data BLOB NOT NULL,        -- sealed JSON
  delivered INTEGER NOT NULL,
  delivered_at INTEGER,
  delivery_channels TEXT NOT NULL,
  action_taken TEXT,
  action_taken_at INTEGER,
  outcome TEXT,
  cause TEXT NOT NULL,
  status TEXT NOT NULL,              -- open, snoozed, dismissed, done, expired
  snoozed_until INTEGER,
  expires_at INTEGER NOT NULL,
  trigger_event BLOB NOT NULL,
  trigger_at INTEGER NOT NULL,
  folded INTEGER NOT NULL,
  decision_id BLOB NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX insights_by_agent ON automated_insights (tenant, agent_id, generated_at DESC, id);
CREATE INDEX insights_open ON automated_insights (tenant, lead_id) WHERE status IN ('open', 'snoozed');
CREATE INDEX insights_due ON automated_insights (expires_at) WHERE status IN ('open', 'snoozed');
CREATE INDEX insights_snoozed ON automated_insights (snoozed_until) WHERE status = 'snoozed';

CREATE TABLE approvals (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  decision_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  lead_id BLOB NOT NULL,
  insight_id BLOB,
  action_type TEXT NOT NULL,
  channel TEXT,
  content BLOB NOT NULL,             -- sealed JSON: title, text, why
  confidence REAL NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL,               -- pending, approved, rejected, expired, withdrawn
  decided_at INTEGER,
  decided_by BLOB,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX approvals_by_agent ON approvals (tenant, agent_id, state, created_at DESC, id);
CREATE INDEX approvals_pending_lead ON approvals (tenant, lead_id) WHERE state = 'pending';
CREATE INDEX approvals_due ON approvals (expires_at) WHERE state = 'pending';

CREATE TABLE automated_actions (
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  action_type TEXT NOT NULL,
  agent_id BLOB,
  lead_id BLOB,
  triggered_by TEXT NOT NULL,        -- "decision:<id>", "approval:<id>", "timer:<occurrence>"
  executed_at INTEGER NOT NULL,
  action_data BLOB NOT NULL,         -- sealed JSON
  success INTEGER NOT NULL,
  confidence REAL NOT NULL,
  result_data TEXT NOT NULL,         -- JSON without personal data
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX actions_by_agent ON automated_actions (tenant, agent_id, executed_at DESC, id);

CREATE TABLE automated_reports (     -- briefings today, reports later
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,
  report_type TEXT NOT NULL,
  agent_id BLOB NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  for_date TEXT NOT NULL,            -- the agent's local date
  generated_at INTEGER NOT NULL,
  report_data BLOB NOT NULL,         -- sealed JSON, tenant key
  delivered_at INTEGER,
  viewed INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX reports_once ON automated_reports (tenant, agent_id, report_type, for_date);

CREATE TABLE outbox (                -- whatever is to leave the house; nothing leaves another way (FLOW-5)
  tenant BLOB NOT NULL,
  id BLOB NOT NULL,                  -- the idempotency key
  person TEXT NOT NULL,              -- lead, agent
  agent_id BLOB,
  lead_id BLOB,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  cause TEXT,                        -- source id or timer that led to it
  subject_id BLOB,                   -- alert, report or approval it carries
  for_date TEXT,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state INTEGER NOT NULL,            -- 0 pending, 1 leased, 2 delivered, 3 refused, 4 failed for good, 5 unknown, 6 expired
  lease_until INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  content BLOB NOT NULL,             -- sealed JSON; lead's key when there is a lead, else the tenant's
  why TEXT,                          -- why refused or failed
  settled_at INTEGER,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 0;
CREATE INDEX outbox_leased ON outbox (lease_until) WHERE state = 1;
CREATE INDEX outbox_of_lead ON outbox (tenant, lead_id) WHERE state = 0;
CREATE INDEX outbox_by_agent ON outbox (tenant, agent_id, created_at DESC, id);
CREATE INDEX outbox_failed ON outbox (tenant, created_at) WHERE state IN (4, 5);

CREATE TABLE deliveries (            -- each attempt on its way out
  tenant BLOB NOT NULL,
  outbox_id BLOB NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL,             -- accepted, rejected, failed, unknown
  detail TEXT,
  PRIMARY KEY (tenant, outbox_id, attempt)
) STRICT;

CREATE TABLE timers (                -- a due time and its work are one row; the occurrence is the key
  tenant BLOB NOT NULL,
  kind TEXT NOT NULL,
  subject BLOB NOT NULL,
  occurrence TEXT NOT NULL,          -- local date of the occurrence
  wall TEXT NOT NULL,                -- "07:00"
  zone TEXT NOT NULL,
  due_at INTEGER NOT NULL,           -- derived from occurrence, wall and zone
  expires_at INTEGER NOT NULL,
  state INTEGER NOT NULL,            -- 0 pending, 1 done, 2 missed
  settled_at INTEGER,
  PRIMARY KEY (tenant, kind, subject, occurrence)
) STRICT;
CREATE INDEX timers_due ON timers (due_at) WHERE state = 0;

CREATE TABLE idempotency (           -- answers kept for repeated POSTs (API)
  tenant BLOB NOT NULL,
  user_id BLOB NOT NULL,
  key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body BLOB NOT NULL,                -- sealed, tenant key
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, user_id, key)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE audit (                 -- who changed what; hash-chained per tenant
  tenant BLOB NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor BLOB NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,              -- JSON without personal data
  hash BLOB NOT NULL,
  PRIMARY KEY (tenant, seq)
) STRICT;
