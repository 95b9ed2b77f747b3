-- Intake and its rows (flow/intake.c, flow/pipeline.c).

-- name: inbox_put :exec
-- Changes no row when the same (source, external id) was there before.
-- in: tenant tenant, source text, external_id text, kind text, received_at int, state int, body blob?
INSERT INTO inbox (tenant, source, external_id, kind, received_at, state, tries, next_at, body)
VALUES (:tenant, :source, :external_id, :kind, :received_at, :state, 0, 0, :body)
ON CONFLICT (tenant, source, external_id) DO NOTHING;

-- name: inbox_pending :many
-- every-tenant: the pipeline works through all tenants' rows in order of arrival
-- in: now int, after int, most int
-- out: seq int, tenant tenant, source text, external_id text, kind text, received_at int, tries int, body blob?
SELECT seq, tenant, source, external_id, kind, received_at, tries, body FROM inbox
 WHERE state = 0 AND seq > :after AND next_at <= :now ORDER BY seq LIMIT :most;

-- name: inbox_settle :exec
-- Done, ignored: the body goes, the fact that it came stays.
-- in: tenant tenant, seq int, state int
UPDATE inbox SET state = :state, body = NULL, error = NULL WHERE seq = :seq AND tenant = :tenant;

-- name: inbox_fail :exec
-- in: tenant tenant, seq int, state int, next_at int, error text
UPDATE inbox SET state = :state, tries = tries + 1, next_at = :next_at, error = :error WHERE seq = :seq AND tenant = :tenant;

-- name: inbox_stats :one
-- every-tenant: queue depth of the whole server
-- out: pending int, oldest int?, dead int
SELECT (SELECT count(*) FROM inbox WHERE state = 0), (SELECT min(received_at) FROM inbox WHERE state = 0),
       (SELECT count(*) FROM inbox WHERE state = 3);

-- name: inbox_stats_of :one
-- Queue depth of one tenant.
-- in: tenant tenant
-- out: pending int, oldest int?, dead int
SELECT (SELECT count(*) FROM inbox WHERE tenant = :tenant AND state = 0),
       (SELECT min(received_at) FROM inbox WHERE tenant = :tenant AND state = 0),
       (SELECT count(*) FROM inbox WHERE tenant = :tenant AND state = 3);

-- name: inbox_dead :many
-- in: tenant tenant, after int, most int
-- out: seq int, source text, external_id text, kind text, received_at int, tries int, error text?
SELECT seq, source, external_id, kind, received_at, tries, error FROM inbox
 WHERE tenant = :tenant AND state = 3 AND seq > :after ORDER BY seq LIMIT :most;

-- name: inbox_replay :exec
-- in: tenant tenant, seq int
UPDATE inbox SET state = 0, tries = 0, next_at = 0 WHERE tenant = :tenant AND seq = :seq AND state = 3;
