-- Decisions, alerts, approvals, actions (flow/plan.c, flow/alerts.c).

-- name: decision_add :exec
-- in: tenant tenant, id id, lead_id id, agent_id id?, at int, event_id id, inputs blob, effects text, version text
INSERT INTO decisions (tenant, id, lead_id, agent_id, at, event_id, inputs, effects, version)
VALUES (:tenant, :id, :lead_id, :agent_id, :at, :event_id, :inputs, :effects, :version);

-- name: decision_get :one
-- in: tenant tenant, id id
-- out: lead_id id, agent_id id?, at int, event_id id, inputs blob, effects text, version text
SELECT lead_id, agent_id, at, event_id, inputs, effects, version FROM decisions WHERE tenant = :tenant AND id = :id;

-- name: alert_add :exec
-- in: tenant tenant, id id, type text, agent_id id, lead_id id, now int, confidence real, priority int, data blob, channels text, cause text, expires_at int, trigger_event id, trigger_at int, decision_id id
INSERT INTO automated_insights (tenant, id, insight_type, agent_id, lead_id, generated_at, confidence, priority, insight_data, delivered,
       delivery_channels, cause, status, expires_at, trigger_event, trigger_at, folded, decision_id)
VALUES (:tenant, :id, :type, :agent_id, :lead_id, :now, :confidence, :priority, :data, 0, :channels, :cause, 'open', :expires_at,
       :trigger_event, :trigger_at, 0, :decision_id);

-- name: alert_get :one
-- in: tenant tenant, id id
-- out: type text, agent_id id, lead_id id, generated_at int, confidence real, priority int, data blob, channels text, status text, snoozed_until int?, expires_at int, trigger_event id, trigger_at int, folded int, delivered_at int?, decision_id id
SELECT insight_type, agent_id, lead_id, generated_at, confidence, priority, insight_data, delivery_channels, status, snoozed_until,
       expires_at, trigger_event, trigger_at, folded, delivered_at, decision_id
  FROM automated_insights WHERE tenant = :tenant AND id = :id;

-- name: alert_status :one
-- in: tenant tenant, id id
-- out: status text
SELECT status FROM automated_insights WHERE tenant = :tenant AND id = :id;

-- name: alert_list :many
-- Newest first, from before (before_at, before_id); `closed` true shows all, false only open and snoozed ones.
-- in: tenant tenant, agent_id id, before_at int, before_id id, closed bool, most int
-- out: id id, type text, lead_id id, generated_at int, confidence real, priority int, data blob, channels text, status text, snoozed_until int?, expires_at int, trigger_event id, trigger_at int, folded int
SELECT id, insight_type, lead_id, generated_at, confidence, priority, insight_data, delivery_channels, status, snoozed_until, expires_at,
       trigger_event, trigger_at, folded
  FROM automated_insights
 WHERE tenant = :tenant AND agent_id = :agent_id AND (generated_at < :before_at OR (generated_at = :before_at AND id < :before_id))
   AND (:closed = 1 OR status IN ('open', 'snoozed'))
 ORDER BY generated_at DESC, id DESC LIMIT :most;

-- name: alert_since :many
-- Alerts of an agent after a given one, oldest first: what a reconnecting stream missed.
-- in: tenant tenant, agent_id id, after_id id, most int
-- out: id id
SELECT id FROM automated_insights
 WHERE tenant = :tenant AND agent_id = :agent_id
   AND generated_at >= coalesce((SELECT generated_at FROM automated_insights WHERE tenant = :tenant AND id = :after_id), 9223372036854775807)
   AND id <> :after_id
 ORDER BY generated_at, id LIMIT :most;

-- name: alert_open_of_lead :many
-- in: tenant tenant, lead_id id
-- out: id id, type text, confidence real, generated_at int, expires_at int, status text, cause text
SELECT id, insight_type, confidence, generated_at, expires_at, status, cause FROM automated_insights
 WHERE tenant = :tenant AND lead_id = :lead_id AND status IN ('open', 'snoozed');

-- name: alert_fold :exec
-- in: tenant tenant, id id, confidence real, priority int, data blob, expires_at int, trigger_event id, trigger_at int
UPDATE automated_insights SET folded = folded + 1, confidence = :confidence, priority = :priority, insight_data = :data,
       expires_at = :expires_at, trigger_event = :trigger_event, trigger_at = :trigger_at
 WHERE tenant = :tenant AND id = :id AND status IN ('open', 'snoozed');

-- name: alert_set_status :exec
-- in: tenant tenant, id id, status text, was text, snoozed_until int?, action text?, outcome text?, now int
UPDATE automated_insights SET status = :status, snoozed_until = :snoozed_until, action_taken = coalesce(:action, action_taken),
       action_taken_at = :now, outcome = coalesce(:outcome, outcome)
 WHERE tenant = :tenant AND id = :id AND status = :was;

-- name: alert_delivered :exec
-- in: tenant tenant, id id, now int
UPDATE automated_insights SET delivered = 1, delivered_at = coalesce(delivered_at, :now) WHERE tenant = :tenant AND id = :id;

-- name: alert_expired :many
-- every-tenant: expired alerts of all tenants withdraw themselves
-- in: now int, most int
-- out: tenant tenant, id id, agent_id id, status text
SELECT tenant, id, agent_id, status FROM automated_insights
 WHERE status IN ('open', 'snoozed') AND expires_at <= :now ORDER BY expires_at LIMIT :most;

-- name: alert_woken :many
-- every-tenant: snoozed alerts of all tenants come back when their time is over
-- in: now int, most int
-- out: tenant tenant, id id, agent_id id
SELECT tenant, id, agent_id FROM automated_insights WHERE status = 'snoozed' AND snoozed_until <= :now ORDER BY snoozed_until LIMIT :most;

-- name: alert_keep :exec
-- Put aside beyond its life: it must still be there when it comes back.
-- in: tenant tenant, id id, expires_at int
UPDATE automated_insights SET expires_at = :expires_at WHERE tenant = :tenant AND id = :id AND expires_at < :expires_at;

-- name: alert_hand_over :exec
-- The lead is another agent's now, and so is what is open about him.
-- in: tenant tenant, lead_id id, agent_id id
UPDATE automated_insights SET agent_id = :agent_id WHERE tenant = :tenant AND lead_id = :lead_id AND status IN ('open', 'snoozed');

-- name: alert_count_since :one
-- in: tenant tenant, agent_id id, since int
-- out: n int
SELECT count(*) FROM automated_insights WHERE tenant = :tenant AND agent_id = :agent_id AND generated_at > :since;

-- name: alert_feedback :many
-- How the agent took alerts of each type: for learning what is not useful.
-- in: tenant tenant, agent_id id, since int
-- out: type text, n int, not_useful int
SELECT insight_type, count(*), count(*) FILTER (WHERE outcome = 'not_useful') FROM automated_insights
 WHERE tenant = :tenant AND agent_id = :agent_id AND generated_at > :since GROUP BY insight_type;

-- name: approval_add :exec
-- in: tenant tenant, id id, decision_id id, agent_id id, lead_id id, insight_id id?, action_type text, channel text?, content blob, confidence real, now int, expires_at int
INSERT INTO approvals (tenant, id, decision_id, agent_id, lead_id, insight_id, action_type, channel, content, confidence, created_at,
       expires_at, state)
VALUES (:tenant, :id, :decision_id, :agent_id, :lead_id, :insight_id, :action_type, :channel, :content, :confidence, :now, :expires_at,
       'pending');

-- name: approval_get :one
-- in: tenant tenant, id id
-- out: decision_id id, agent_id id, lead_id id, insight_id id?, action_type text, channel text?, content blob, confidence real, created_at int, expires_at int, state text
SELECT decision_id, agent_id, lead_id, insight_id, action_type, channel, content, confidence, created_at, expires_at, state
  FROM approvals WHERE tenant = :tenant AND id = :id;

-- name: approval_list :many
-- in: tenant tenant, agent_id id, state text, before_at int, before_id id, most int
-- out: id id, decision_id id, lead_id id, action_type text, channel text?, content blob, confidence real, created_at int, expires_at int, state text
SELECT id, decision_id, lead_id, action_type, channel, content, confidence, created_at, expires_at, state FROM approvals
 WHERE tenant = :tenant AND agent_id = :agent_id AND state = :state
   AND (created_at < :before_at OR (created_at = :before_at AND id < :before_id))
 ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: approval_decide :exec
-- Changes no row when it is no longer pending: the race between two devices has one winner.
-- in: tenant tenant, id id, state text, now int, by id?
UPDATE approvals SET state = :state, decided_at = :now, decided_by = :by WHERE tenant = :tenant AND id = :id AND state = 'pending';

-- name: approval_pending_ids :many
-- What of a kind waits for an answer about a lead.
-- in: tenant tenant, lead_id id, action_type text
-- out: id id, agent_id id
SELECT id, agent_id FROM approvals WHERE tenant = :tenant AND lead_id = :lead_id AND action_type = :action_type AND state = 'pending';

-- name: approval_hand_over :exec
-- in: tenant tenant, lead_id id, agent_id id
UPDATE approvals SET agent_id = :agent_id WHERE tenant = :tenant AND lead_id = :lead_id AND state = 'pending';

-- name: approval_pending_of_lead :one
-- in: tenant tenant, lead_id id, action_type text
-- out: n int
SELECT count(*) FROM approvals WHERE tenant = :tenant AND lead_id = :lead_id AND action_type = :action_type AND state = 'pending';

-- name: approval_expired :many
-- every-tenant: approvals nobody answered in time lapse for all tenants
-- in: now int, most int
-- out: tenant tenant, id id, agent_id id
SELECT tenant, id, agent_id FROM approvals WHERE state = 'pending' AND expires_at <= :now ORDER BY expires_at LIMIT :most;

-- name: action_add :exec
-- in: tenant tenant, id id, action_type text, agent_id id?, lead_id id?, triggered_by text, now int, data blob, success bool, confidence real, result text
INSERT INTO automated_actions (tenant, id, action_type, agent_id, lead_id, triggered_by, executed_at, action_data, success, confidence, result_data)
VALUES (:tenant, :id, :action_type, :agent_id, :lead_id, :triggered_by, :now, :data, :success, :confidence, :result);

-- name: action_list :many
-- in: tenant tenant, agent_id id, before_at int, before_id id, most int
-- out: id id, action_type text, lead_id id?, triggered_by text, executed_at int, data blob, success bool, confidence real, result text
SELECT id, action_type, lead_id, triggered_by, executed_at, action_data, success, confidence, result_data FROM automated_actions
 WHERE tenant = :tenant AND agent_id = :agent_id AND (executed_at < :before_at OR (executed_at = :before_at AND id < :before_id))
 ORDER BY executed_at DESC, id DESC LIMIT :most;
