CREATE TABLE total (
    id INTEGER PRIMARY KEY,
    events INTEGER NOT NULL
) STRICT;
INSERT INTO total (id, events) VALUES (1, 0);
-- sqlite:
CREATE INDEX event_word ON event (word COLLATE NOCASE);
-- pg:
CREATE INDEX event_word ON event (lower(word));
-- both:
ALTER TABLE agent ADD COLUMN office TEXT;
