-- name: event_add :exec
-- in: word text, body blob
INSERT INTO event (word, body) VALUES (:word, :body);

-- name: event_get :one
-- in: word text
-- out: number int, body blob
SELECT number, body FROM event WHERE word = :word;

-- name: event_list :many
-- out: number int, word text
SELECT number, word FROM event ORDER BY number;

-- name: event_page :many
-- in: after int, page int
-- out: number int, word text
SELECT number, word FROM event WHERE number > :after ORDER BY number LIMIT :page
-- pg:
SELECT number, word FROM event WHERE number > :after ORDER BY number LIMIT :page FOR UPDATE SKIP LOCKED;

-- name: total_up :exec
UPDATE total SET events = events + 1 WHERE id = 1;

-- name: total_get :one
-- out: events int, rows int
SELECT events, (SELECT count(*) FROM event) FROM total WHERE id = 1;

-- name: number_max :one
-- out: number int?
SELECT CAST(max(number) AS INTEGER) FROM event;
