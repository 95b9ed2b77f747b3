-- Outbox, deliveries, timers, reports (flow/outbox.c, flow/scheduler.c, flow/briefing.c).

-- name: outbox_put :exec
-- in: tenant tenant, id id, person text, agent_id id?, lead_id id?, channel text, purpose text, cause text?, subject_id id?, for_date text?, now int, due_at int, expires_at int, content blob
INSERT INTO outbox (tenant, id, person, agent_id, lead_id, channel, purpose, cause, subject_id, for_date, created_at, due_at, expires_at,
       state, lease_until, fence, tries, content)
VALUES (:tenant, :id, :person, :agent_id, :lead_id, :channel, :purpose, :cause, :subject_id, :for_date, :now, :due_at, :expires_at,
       0, 0, 0, 0, :content);

-- name: outbox_due :many
-- every-tenant: delivery works through all tenants' rows
-- in: now int, most int
-- out: tenant tenant, id id, person text, agent_id id?, lead_id id?, channel text, purpose text, cause text?, subject_id id?, for_date text?, created_at int, due_at int, expires_at int, tries int, content blob
SELECT tenant, id, person, agent_id, lead_id, channel, purpose, cause, subject_id, for_date, created_at, due_at, expires_at, tries, content
  FROM outbox WHERE state = 0 AND due_at <= :now ORDER BY due_at LIMIT :most;

-- name: outbox_next_due :one
-- every-tenant: when to wake up next
-- out: due_at int?
SELECT min(due_at) FROM outbox WHERE state = 0;

-- name: outbox_lease :exec
-- in: tenant tenant, id id, lease_until int, fence int
UPDATE outbox SET state = 1, lease_until = :lease_until, fence = :fence, tries = tries + 1
 WHERE tenant = :tenant AND id = :id AND state = 0;

-- name: outbox_settle :exec
-- Only the holder of the lease may settle: the fence says whose it is, the attempt which.
-- in: tenant tenant, id id, fence int, attempt int, state int, due_at int, why text?, now int
UPDATE outbox SET state = :state, due_at = :due_at, why = :why, settled_at = :now
 WHERE tenant = :tenant AND id = :id AND state = 1 AND fence = :fence AND tries = :attempt;

-- name: outbox_end :exec
-- Refused or expired before any lease.
-- in: tenant tenant, id id, state int, why text?, now int
UPDATE outbox SET state = :state, why = :why, settled_at = :now WHERE tenant = :tenant AND id = :id AND state = 0;

-- name: outbox_abandoned :many
-- every-tenant: leases whose holder died, of all tenants
-- in: now int, fence int, most int
-- out: tenant tenant, id id, channel text, fence int, tries int
SELECT tenant, id, channel, fence, tries FROM outbox
 WHERE state = 1 AND (lease_until <= :now OR fence < :fence) ORDER BY lease_until LIMIT :most;

-- name: outbox_stop_lead :exec
-- Consent withdrawn: whatever still waits for this lead ends here.
-- in: tenant tenant, lead_id id, why text, now int
UPDATE outbox SET state = 3, why = :why, settled_at = :now
 WHERE tenant = :tenant AND lead_id = :lead_id AND person = 'lead' AND state = 0;

-- name: outbox_hand_over :exec
-- The lead is another agent's now: what was to tell the old one about him goes to the new one.
-- in: tenant tenant, lead_id id, agent_id id
UPDATE outbox SET agent_id = :agent_id WHERE tenant = :tenant AND lead_id = :lead_id AND person = 'agent' AND state = 0;

-- name: outbox_list :many
-- in: tenant tenant, agent_id id, before_at int, before_id id, most int
-- out: id id, person text, lead_id id?, channel text, purpose text, created_at int, state int, content blob, why text?
SELECT id, person, lead_id, channel, purpose, created_at, state, content, why FROM outbox
 WHERE tenant = :tenant AND agent_id = :agent_id AND (created_at < :before_at OR (created_at = :before_at AND id < :before_id))
 ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: outbox_failed :many
-- Given up or of unknown outcome, oldest first, from after (after_at, after_id).
-- in: tenant tenant, after_at int, after_id id, most int
-- out: id id, channel text, purpose text, created_at int, tries int, state int, why text?
SELECT id, channel, purpose, created_at, tries, state, why FROM outbox
 WHERE tenant = :tenant AND state IN (4, 5) AND (created_at > :after_at OR (created_at = :after_at AND id > :after_id))
 ORDER BY created_at, id LIMIT :most;

-- name: outbox_state :one
-- in: tenant tenant, id id
-- out: state int
SELECT state FROM outbox WHERE tenant = :tenant AND id = :id;

-- name: outbox_replay :exec
-- A failed one again. One whose outcome is unknown is not: it may have arrived.
-- in: tenant tenant, id id, now int, expires_at int
UPDATE outbox SET state = 0, due_at = :now, expires_at = :expires_at, why = NULL WHERE tenant = :tenant AND id = :id AND state = 4;

-- name: outbox_stats :one
-- every-tenant: queue depth of the whole server
-- out: pending int, failed int, unknown int
SELECT (SELECT count(*) FROM outbox WHERE state = 0) + (SELECT count(*) FROM outbox WHERE state = 1),
       (SELECT count(*) FROM outbox WHERE state IN (4, 5) AND state = 4), (SELECT count(*) FROM outbox WHERE state IN (4, 5) AND state = 5);

-- name: outbox_stats_of :one
-- Queue depth of one tenant: what waits for its time, what failed, what is unknown.
-- in: tenant tenant
-- out: pending int, failed int, unknown int
SELECT (SELECT count(*) FROM outbox WHERE tenant = :tenant AND state = 0),
       (SELECT count(*) FROM outbox WHERE tenant = :tenant AND state IN (4, 5) AND state = 4),
       (SELECT count(*) FROM outbox WHERE tenant = :tenant AND state IN (4, 5) AND state = 5);

-- name: timer_status :many
-- What waits next and what was done last, of each kind.
-- in: tenant tenant
-- out: kind text, next_at int?, last_at int?
SELECT kind, min(CASE WHEN state = 0 THEN due_at END), max(CASE WHEN state = 1 THEN settled_at END) FROM timers
 WHERE tenant = :tenant GROUP BY kind ORDER BY kind;

-- name: delivery_add :exec
-- in: tenant tenant, outbox_id id, attempt int, at int, outcome text, detail text?
INSERT INTO deliveries (tenant, outbox_id, attempt, at, outcome, detail) VALUES (:tenant, :outbox_id, :attempt, :at, :outcome, :detail)
ON CONFLICT (tenant, outbox_id, attempt) DO NOTHING;

-- name: timer_put :exec
-- Changes nothing when the occurrence is there already: it can happen only once.
-- in: tenant tenant, kind text, subject id, occurrence text, wall text, zone text, due_at int, expires_at int
INSERT INTO timers (tenant, kind, subject, occurrence, wall, zone, due_at, expires_at, state)
VALUES (:tenant, :kind, :subject, :occurrence, :wall, :zone, :due_at, :expires_at, 0)
ON CONFLICT (tenant, kind, subject, occurrence) DO NOTHING;

-- name: timer_due :many
-- every-tenant: the scheduler fires all tenants' timers
-- in: now int, most int
-- out: tenant tenant, kind text, subject id, occurrence text, wall text, zone text, due_at int, expires_at int
SELECT tenant, kind, subject, occurrence, wall, zone, due_at, expires_at FROM timers
 WHERE state = 0 AND due_at <= :now ORDER BY due_at, tenant, subject LIMIT :most;

-- name: timer_pending :many
-- every-tenant: all waiting timers, to derive their instants again after a zone law changed
-- out: tenant tenant, kind text, subject id, occurrence text, wall text, zone text, due_at int, expires_at int
SELECT tenant, kind, subject, occurrence, wall, zone, due_at, expires_at FROM timers WHERE state = 0;

-- name: timer_next :one
-- every-tenant: when to wake up next
-- out: due_at int?
SELECT min(due_at) FROM timers WHERE state = 0;

-- name: timer_settle :exec
-- Changes no row when somebody else settled it first.
-- in: tenant tenant, kind text, subject id, occurrence text, state int, now int
UPDATE timers SET state = :state, settled_at = :now
 WHERE tenant = :tenant AND kind = :kind AND subject = :subject AND occurrence = :occurrence AND state = 0;

-- name: timer_move :exec
-- in: tenant tenant, kind text, subject id, occurrence text, due_at int, expires_at int
UPDATE timers SET due_at = :due_at, expires_at = :expires_at
 WHERE tenant = :tenant AND kind = :kind AND subject = :subject AND occurrence = :occurrence AND state = 0;

-- name: timer_drop :exec
-- in: tenant tenant, kind text, subject id
DELETE FROM timers WHERE tenant = :tenant AND kind = :kind AND subject = :subject AND state = 0;

-- name: timer_of :one
-- The waiting occurrence of a subject.
-- in: tenant tenant, kind text, subject id
-- out: occurrence text, due_at int
SELECT occurrence, due_at FROM timers WHERE tenant = :tenant AND kind = :kind AND subject = :subject AND state = 0
 ORDER BY due_at LIMIT 1;

-- name: report_add :exec
-- Changes no row when that day's is there.
-- in: tenant tenant, id id, type text, agent_id id, period_start int, period_end int, for_date text, now int, data blob
INSERT INTO automated_reports (tenant, id, report_type, agent_id, period_start, period_end, for_date, generated_at, report_data)
VALUES (:tenant, :id, :type, :agent_id, :period_start, :period_end, :for_date, :now, :data)
ON CONFLICT (tenant, agent_id, report_type, for_date) DO NOTHING;

-- name: report_get :one
-- in: tenant tenant, agent_id id, type text, for_date text
-- out: id id, generated_at int, delivered_at int?, data blob
SELECT id, generated_at, delivered_at, report_data FROM automated_reports
 WHERE tenant = :tenant AND agent_id = :agent_id AND report_type = :type AND for_date = :for_date;

-- name: report_latest :one
-- in: tenant tenant, agent_id id, type text
-- out: id id, for_date text, generated_at int, delivered_at int?, data blob
SELECT id, for_date, generated_at, delivered_at, report_data FROM automated_reports
 WHERE tenant = :tenant AND agent_id = :agent_id AND report_type = :type ORDER BY for_date DESC LIMIT 1;

-- name: report_delivered :exec
-- in: tenant tenant, id id, now int
UPDATE automated_reports SET delivered_at = coalesce(delivered_at, :now) WHERE tenant = :tenant AND id = :id;

-- name: report_viewed :exec
-- in: tenant tenant, id id, now int
UPDATE automated_reports SET viewed = coalesce(viewed, :now) WHERE tenant = :tenant AND id = :id;
