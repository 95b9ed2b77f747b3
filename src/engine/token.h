/* A message as tokens: what the patterns of the lexicon are matched against. Internal to the engine's reader.
 *
 * Words are folded (lower case, accents and apostrophes off: "Don't" and "dont" are one) and known by a number from the lexicon; 0 is
 * a word it does not know. Every token keeps where it stood in the original bytes. The first token is TOK_BEGIN, the last TOK_END. */
#ifndef ENGINE_TOKEN_H
#define ENGINE_TOKEN_H

#include "engine/read.h"

enum token_kind {
    TOK_BEGIN,
    TOK_END,
    TOK_WORD,   /* word: its number */
    TOK_NUMBER, /* a: the value without its fraction */
    TOK_PAIR,   /* a/b as in 3/2 (beds and baths) or 6/1 (a day) */
    TOK_DATE, /* a: days from the day of sending, negative when past; b: 1 when said as today, tonight or tomorrow */
    TOK_SPAN, /* a: days of a stretch of time, of a range the later end */
    TOK_STOP,
    TOK_ASK,
    TOK_LINE, /* ends of a sentence; a run of them is one: ? before line end before the others */
    TOK_COLON,
    TOK_COMMA
};
enum token_flag {
    TOK_MONEY = 1,   /* $ before, or k, mil, m behind */
    TOK_ORDINAL = 2, /* 15th, 1ro */
    TOK_RANGE = 4,   /* tied by a dash to the number before */
    TOK_CLOCK = 8,   /* 5:30, 5pm */
    TOK_PERCENT = 16,
    TOK_CAPITAL = 32 /* of a word: begins with a capital letter */
};
struct token {
    uint8_t kind, flags, masked; /* masked: bit per reading_label whose look-alike covers it */
    uint16_t word;
    uint32_t from, to; /* bytes of the original */
    int32_t a, b;
};
struct lexicon;
/* At most `cap` tokens (>= 3) are made; the rest of the text is left out. Quoted parts of mails ("> ...", "On ... wrote:") and what
 * follows a signature line are left out too. */
size_t token_read(const struct lexicon *l, struct str text, struct token *out, size_t cap);
static inline bool token_ends_sentence(const struct token *t) {
    return t->kind <= TOK_END || (t->kind >= TOK_STOP && t->kind <= TOK_LINE);
}
/* Joins the tokens of times ("may 3rd", "in two weeks", "end of next month") into TOK_DATE and TOK_SPAN. Returns the new count. */
size_t when_join(const struct lexicon *l, struct token *t, size_t n, struct date sent);

#endif
