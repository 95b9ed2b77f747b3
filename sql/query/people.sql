-- Tenants, agents, users, tokens, settings (flow/people.c, flow/prefs.c).

-- name: meta_get :one
-- in: name text
-- out: value text
SELECT value FROM meta WHERE name = :name;

-- name: meta_put :exec
-- in: name text, value text
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: tenant_add :exec
-- in: tenant tenant, name text, location text, zone text, key_wrapped blob, site_key text, form_secret_hash blob, now int
INSERT INTO tenants (id, name, location, zone, key_wrapped, site_key, form_secret_hash, created_at)
VALUES (:tenant, :name, :location, :zone, :key_wrapped, :site_key, :form_secret_hash, :now);

-- name: tenant_get :one
-- in: tenant tenant
-- out: name text, location text, zone text, key_wrapped blob, site_key text, form_secret_hash blob, created_at int
SELECT name, location, zone, key_wrapped, site_key, form_secret_hash, created_at FROM tenants WHERE id = :tenant;

-- name: tenant_list :many
-- out: id tenant, name text, location text, zone text, key_wrapped blob, site_key text, form_secret_hash blob, created_at int
SELECT id, name, location, zone, key_wrapped, site_key, form_secret_hash, created_at FROM tenants ORDER BY created_at, id;

-- name: tenant_rekey :exec
-- in: tenant tenant, key_wrapped blob
UPDATE tenants SET key_wrapped = :key_wrapped WHERE id = :tenant;

-- name: agent_add :exec
-- in: tenant tenant, id id, name blob, zone text, language text, ghl_user text?, now int
INSERT INTO agents (tenant, id, name, zone, language, ghl_user, active, created_at)
VALUES (:tenant, :id, :name, :zone, :language, :ghl_user, 1, :now);

-- name: agent_get :one
-- in: tenant tenant, id id
-- out: name blob, zone text, language text, ghl_user text?, active bool
SELECT name, zone, language, ghl_user, active FROM agents WHERE tenant = :tenant AND id = :id;

-- name: agent_by_ghl_user :one
-- in: tenant tenant, ghl_user text
-- out: id id
SELECT id FROM agents WHERE tenant = :tenant AND ghl_user = :ghl_user;

-- name: agent_list :many
-- in: tenant tenant
-- out: id id, name blob, zone text, language text, ghl_user text?, active bool
SELECT id, name, zone, language, ghl_user, active FROM agents WHERE tenant = :tenant ORDER BY created_at, id;

-- name: agent_set_active :exec
-- in: tenant tenant, id id, active bool
UPDATE agents SET active = :active WHERE tenant = :tenant AND id = :id;

-- name: user_add :exec
-- in: tenant tenant, id id, role text, email blob, email_hash blob, password text?, now int
INSERT INTO users (tenant, id, role, email, email_hash, password, active, created_at)
VALUES (:tenant, :id, :role, :email, :email_hash, :password, 1, :now);

-- name: user_get :one
-- in: tenant tenant, id id
-- out: role text, email blob, password text?, active bool
SELECT role, email, password, active FROM users WHERE tenant = :tenant AND id = :id;

-- name: user_by_email :one
-- every-tenant: at sign-in the tenant is not known yet; the hash is unique over all
-- in: email_hash blob
-- out: tenant tenant, id id, role text, password text?, active bool
SELECT tenant, id, role, password, active FROM users WHERE email_hash = :email_hash;

-- name: user_list :many
-- in: tenant tenant
-- out: id id, role text, email blob, active bool, created_at int
SELECT id, role, email, active, created_at FROM users WHERE tenant = :tenant ORDER BY created_at, id;

-- name: user_set_password :exec
-- in: tenant tenant, id id, password text
UPDATE users SET password = :password WHERE tenant = :tenant AND id = :id;

-- name: token_add :exec
-- in: tenant tenant, id id, user_id id, role text, kind text, now int, expires_at int
INSERT INTO tokens (tenant, id, user_id, role, kind, created_at, expires_at)
VALUES (:tenant, :id, :user_id, :role, :kind, :now, :expires_at);

-- name: token_get :one
-- in: tenant tenant, id id
-- out: user_id id, role text, kind text, expires_at int, revoked_at int?
SELECT user_id, role, kind, expires_at, revoked_at FROM tokens WHERE tenant = :tenant AND id = :id;

-- name: token_revoke :exec
-- in: tenant tenant, id id, now int
UPDATE tokens SET revoked_at = :now WHERE tenant = :tenant AND id = :id AND revoked_at IS NULL;

-- name: token_list :many
-- in: tenant tenant
-- out: id id, user_id id, role text, kind text, created_at int, expires_at int, revoked_at int?
SELECT id, user_id, role, kind, created_at, expires_at, revoked_at FROM tokens WHERE tenant = :tenant ORDER BY created_at, id;

-- name: setting_list :many
-- in: tenant tenant, scope id
-- out: name text, value text
SELECT name, value FROM settings WHERE tenant = :tenant AND scope = :scope ORDER BY name;

-- name: setting_put :exec
-- in: tenant tenant, scope id, name text, value text, now int, by id
INSERT INTO settings (tenant, scope, name, value, updated_at, updated_by) VALUES (:tenant, :scope, :name, :value, :now, :by)
ON CONFLICT (tenant, scope, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by;

-- name: setting_drop :exec
-- in: tenant tenant, scope id, name text
DELETE FROM settings WHERE tenant = :tenant AND scope = :scope AND name = :name;

-- name: audit_last :one
-- in: tenant tenant
-- out: seq int, hash blob
SELECT seq, hash FROM audit WHERE tenant = :tenant ORDER BY seq DESC LIMIT 1;

-- name: audit_add :exec
-- in: tenant tenant, seq int, at int, actor id, action text, object text, detail text, hash blob
INSERT INTO audit (tenant, seq, at, actor, action, object, detail, hash)
VALUES (:tenant, :seq, :at, :actor, :action, :object, :detail, :hash);

-- name: idempotency_get :one
-- in: tenant tenant, user_id id, key text
-- out: request_hash blob, status int, body blob
SELECT request_hash, status, body FROM idempotency WHERE tenant = :tenant AND user_id = :user_id AND key = :key;

-- name: idempotency_put :exec
-- in: tenant tenant, user_id id, key text, request_hash blob, status int, body blob, now int
INSERT INTO idempotency (tenant, user_id, key, request_hash, status, body, created_at)
VALUES (:tenant, :user_id, :key, :request_hash, :status, :body, :now) ON CONFLICT (tenant, user_id, key) DO NOTHING;

-- name: idempotency_prune :exec
-- every-tenant: old answers go for all tenants at once
-- in: before int
DELETE FROM idempotency WHERE created_at < :before;
