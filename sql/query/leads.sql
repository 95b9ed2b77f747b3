-- Leads and their timeline (flow/timeline.c).

-- name: lead_add :exec
-- in: tenant tenant, id id, contact text?, agent_id id?, key_wrapped blob, profile blob, picture blob, visitor text?, now int
INSERT INTO leads (tenant, id, contact, agent_id, key_wrapped, profile, picture, visitor, likelihood, intent, confidence, scored_at,
                   last_event_at, opted_out, deleted, created_at)
VALUES (:tenant, :id, :contact, :agent_id, :key_wrapped, :profile, :picture, :visitor, 0, 0, 0, 0, 0, 0, 0, :now);

-- name: lead_get :one
-- in: tenant tenant, id id
-- out: contact text?, agent_id id?, key_wrapped blob, profile blob, picture blob, likelihood real, intent int, confidence real, scored_at int, last_event_at int, opted_out bool, deleted bool, created_at int
SELECT contact, agent_id, key_wrapped, profile, picture, likelihood, intent, confidence, scored_at, last_event_at, opted_out, deleted,
       created_at FROM leads WHERE tenant = :tenant AND id = :id;

-- name: lead_by_contact :one
-- in: tenant tenant, contact text
-- out: id id
SELECT id FROM leads WHERE tenant = :tenant AND contact = :contact;

-- name: lead_by_email :one
-- in: tenant tenant, email_hash blob
-- out: id id, contact text?
SELECT id, contact FROM leads WHERE tenant = :tenant AND email_hash = :email_hash ORDER BY created_at, id LIMIT 1;

-- name: lead_by_phone :one
-- in: tenant tenant, phone_hash blob
-- out: id id, contact text?
SELECT id, contact FROM leads WHERE tenant = :tenant AND phone_hash = :phone_hash ORDER BY created_at, id LIMIT 1;

-- name: lead_by_visitor :one
-- in: tenant tenant, visitor text
-- out: id id
SELECT id FROM leads WHERE tenant = :tenant AND visitor = :visitor ORDER BY created_at, id LIMIT 1;

-- name: lead_set_contact :exec
-- in: tenant tenant, id id, contact text
UPDATE leads SET contact = :contact WHERE tenant = :tenant AND id = :id AND contact IS NULL;

-- name: lead_update :exec
-- in: tenant tenant, id id, agent_id id?, profile blob, picture blob, phone_hash blob?, email_hash blob?, likelihood real, intent int, confidence real, scored_at int, last_event_at int, opted_out bool, deleted bool
UPDATE leads SET agent_id = :agent_id, profile = :profile, picture = :picture, phone_hash = :phone_hash, email_hash = :email_hash,
       likelihood = :likelihood, intent = :intent, confidence = :confidence, scored_at = :scored_at, last_event_at = :last_event_at,
       opted_out = :opted_out, deleted = :deleted
 WHERE tenant = :tenant AND id = :id;

-- name: lead_rescore :exec
-- in: tenant tenant, id id, likelihood real, intent int, confidence real, scored_at int
UPDATE leads SET likelihood = :likelihood, intent = :intent, confidence = :confidence, scored_at = :scored_at
 WHERE tenant = :tenant AND id = :id;

-- name: lead_list :many
-- All of the tenant's leads, best first. `after_likelihood` 1e9 starts at the top; intent -1 is any.
-- in: tenant tenant, after_likelihood real, after_id id, least real, intent int, most int
-- out: id id, contact text?, agent_id id?, key_wrapped blob, profile blob, likelihood real, intent int, confidence real, last_event_at int, opted_out bool
SELECT id, contact, agent_id, key_wrapped, profile, likelihood, intent, confidence, last_event_at, opted_out FROM leads
 WHERE tenant = :tenant AND deleted = 0 AND likelihood >= :least AND (:intent = -1 OR intent = :intent)
   AND likelihood <= :after_likelihood AND (likelihood < :after_likelihood OR id > :after_id)
 ORDER BY likelihood DESC, id LIMIT :most;

-- name: lead_list_agent :many
-- in: tenant tenant, agent_id id, after_likelihood real, after_id id, least real, intent int, most int
-- out: id id, contact text?, agent_id id?, key_wrapped blob, profile blob, likelihood real, intent int, confidence real, last_event_at int, opted_out bool
SELECT id, contact, agent_id, key_wrapped, profile, likelihood, intent, confidence, last_event_at, opted_out FROM leads
 WHERE tenant = :tenant AND agent_id = :agent_id AND deleted = 0 AND likelihood >= :least AND (:intent = -1 OR intent = :intent)
   AND likelihood <= :after_likelihood AND (likelihood < :after_likelihood OR id > :after_id)
 ORDER BY likelihood DESC, id LIMIT :most;

-- name: lead_brief :many
-- What the morning briefing reads of each lead of an agent.
-- in: tenant tenant, agent_id id
-- out: id id, key_wrapped blob, profile blob, picture blob, likelihood real, opted_out bool
SELECT id, key_wrapped, profile, picture, likelihood, opted_out FROM leads
 WHERE tenant = :tenant AND agent_id = :agent_id AND deleted = 0;

-- name: lead_stale :many
-- every-tenant: the monitor rescores fading leads of all tenants
-- in: before int, least real, most int
-- out: tenant tenant, id id
SELECT tenant, id FROM leads WHERE scored_at < :before AND likelihood >= :least AND deleted = 0 ORDER BY scored_at LIMIT :most;

-- name: lead_keys :many
-- in: tenant tenant, after_id id, most int
-- out: id id, key_wrapped blob
SELECT id, key_wrapped FROM leads WHERE tenant = :tenant AND id > :after_id ORDER BY id LIMIT :most;

-- name: event_add :exec
-- in: tenant tenant, lead_id id, at int, id id, kind int, source text, source_id text, received_at int, payload blob
INSERT INTO events (tenant, lead_id, at, id, kind, source, source_id, received_at, payload)
VALUES (:tenant, :lead_id, :at, :id, :kind, :source, :source_id, :received_at, :payload)
ON CONFLICT (tenant, lead_id, at, id) DO NOTHING;

-- name: event_list :many
-- Newest first, from before (before_at, before_id).
-- in: tenant tenant, lead_id id, before_at int, before_id id, most int
-- out: at int, id id, kind int, source text, source_id text, received_at int, payload blob
SELECT at, id, kind, source, source_id, received_at, payload FROM events
 WHERE tenant = :tenant AND lead_id = :lead_id AND (at < :before_at OR (at = :before_at AND id < :before_id))
 ORDER BY at DESC, id DESC LIMIT :most;

-- name: event_fold :many
-- The whole timeline, oldest first: to rebuild a picture.
-- in: tenant tenant, lead_id id
-- out: at int, id id, kind int, source text, source_id text, received_at int, payload blob
SELECT at, id, kind, source, source_id, received_at, payload FROM events
 WHERE tenant = :tenant AND lead_id = :lead_id ORDER BY at, id;

-- name: event_get :one
-- in: tenant tenant, lead_id id, at int, id id
-- out: kind int, source text, source_id text, received_at int, payload blob
SELECT kind, source, source_id, received_at, payload FROM events
 WHERE tenant = :tenant AND lead_id = :lead_id AND at = :at AND id = :id;

-- name: event_counts :many
-- How many events of each kind the agent's leads had in a period. CROSS JOIN: the agent's leads first, then the period of each; the other
-- way round it would read the tenant's whole past.
-- in: tenant tenant, agent_id id, from_at int, to_at int
-- out: kind int, n int, leads int
SELECT e.kind, count(*), count(DISTINCT e.lead_id) FROM leads l
  CROSS JOIN events e
 WHERE l.tenant = :tenant AND l.agent_id = :agent_id
   AND e.tenant = l.tenant AND e.lead_id = l.id AND e.at >= :from_at AND e.at < :to_at GROUP BY e.kind;
