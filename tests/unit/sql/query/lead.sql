-- Queries for the tests.

-- name: agent_add :exec
-- in: tenant tenant, id id, name text
INSERT INTO agent (tenant, id, name) VALUES (:tenant, :id, :name);

-- name: lead_put :exec
-- Inserts a lead or overwrites it.
-- in: tenant tenant, id id, agent id?, name text?, body blob?,
-- in: likelihood real, touches int?, hot bool
INSERT INTO lead (tenant, id, agent, name, body, likelihood, touches, hot)
VALUES (:tenant, :id, :agent, :name, :body, :likelihood, :touches, :hot)
    ON CONFLICT (tenant, id) DO UPDATE SET agent = excluded.agent, name = excluded.name, body = excluded.body,
       likelihood = excluded.likelihood, touches = excluded.touches, hot = excluded.hot;

-- name: lead_get :one
-- in: tenant tenant, lead id
-- out: id id, agent id?, agent_name text?, name text?, body blob?, likelihood real, touches int?, hot bool,
-- out: mark blob
SELECT l.id, l.agent, a.name, l.name, l.body, l.likelihood, l.touches, l.hot, l.mark
  FROM lead l
  LEFT JOIN agent a ON a.tenant = l.tenant AND a.id = l.agent
 WHERE l.tenant = :tenant AND l.id = :lead;

-- name: lead_list :many
-- in: tenant tenant
-- out: id id, name text?, touches int?
SELECT id, name, touches FROM lead WHERE tenant = :tenant ORDER BY id;

-- name: lead_touch :one
-- Counts one touch and tells the new number.
-- in: tenant tenant, lead id, limit real?
-- out: touches int
UPDATE lead SET touches = coalesce(touches, 0) + 1
 WHERE tenant = :tenant AND id = :lead AND (:limit IS NULL OR likelihood < :limit)
RETURNING touches;

-- name: lead_any :one
-- Wrong on purpose when a tenant has two leads.
-- in: tenant tenant
-- out: hot bool
SELECT hot FROM lead WHERE tenant = :tenant;

-- name: lead_name_strict :one
-- Wrong on purpose: the column may be NULL.
-- in: tenant tenant, lead id
-- out: name text
SELECT name FROM lead WHERE tenant = :tenant AND id = :lead;

-- name: lead_erase :exec
-- in: tenant tenant, lead id
DELETE FROM lead WHERE tenant = :tenant AND id = :lead;

-- name: lead_count_all :one
-- every-tenant: the metrics page counts the whole house
-- out: n int, tenants int
SELECT count(*), count(DISTINCT tenant) FROM lead;
