/* The lexicon in memory: words, sets, compiled patterns, rules. Internal to the engine's reader; its text form is described in data/read/README.md. */
#ifndef ENGINE_LEXICON_H
#define ENGINE_LEXICON_H

#include "engine/token.h"

enum {
    LEX_MAX_WORDS = 8000,
    LEX_SLOTS = 32768, /* power of two, a multiple of the words and their other spellings */
    LEX_MAX_SETS = 128,
    LEX_MAX_DEFS = 128,
    LEX_MAX_RULES = 512,
    LEX_MAX_PATTERNS = 4096,
    LEX_MAX_CLOSE = 512,
    LEX_MAX_WORD = 40, /* bytes, folded */
    PATTERN_MAX_POSITIONS = 64
};

/* What the grammar of times knows about a word. */
enum role {
    ROLE_NONE,
    ROLE_MONTH,
    ROLE_WEEKDAY,
    ROLE_UNIT /* days */,
    ROLE_NUMBER,
    ROLE_DAY /* days from today */,
    ROLE_FEAST /* month*100+day */,
    ROLE_END,
    ROLE_MID,
    ROLE_START,
    ROLE_BY,
    ROLE_IN,
    ROLE_THIS,
    ROLE_NEXT,
    ROLE_OF,
    ROLE_AND,
    ROLE_WEEKEND,
    ROLE_UNTIL,
    ROLE_PART, /* of a day */
    ROLES
};
struct word {
    uint64_t sets[LEX_MAX_SETS / 64];
    uint8_t role;
    int16_t value;
};
struct slot { /* of the hash table of spellings */
    const char *p;
    uint16_t n, word;
};

enum position_kind {
    POS_WORD,
    POS_LIST,
    POS_SET,
    POS_ANY,
    POS_UNKNOWN,
    POS_NAME,
    POS_NUMBER,
    POS_DATE,
    POS_TODAY,
    POS_SPAN,
    POS_BREAK,
    POS_BEGIN,
    POS_END,
    POS_ASK,
    POS_COLON,
    POS_COMMA
};
struct position {
    uint8_t kind;
    uint16_t id;           /* word or set; of a list, how many */
    int32_t least, most;   /* of a date or span: days */
    const uint16_t *words; /* of a list, rising */
};
/* A pattern as its position automaton (Glushkov 1961): position i may be followed by the positions in follow[i]. */
struct pattern {
    uint16_t rule, n;
    uint64_t first, last;
    const struct position *position;
    const uint64_t *follow;
};

enum rule_kind { RULE_FINDS, RULE_MASKS, RULE_DENIES, RULE_KEYWORD };
enum rule_label { RULE_URGENCY, RULE_COMPETITOR, RULE_OPT_OUT, RULE_HORIZON, RULE_LABELS };
struct rule {
    uint8_t kind, label;
    uint8_t scope; /* so many words before the match may hold a negation that undoes it; 0: none does */
    bool tight;    /* commas part */
    bool through;  /* masks hide nothing from it */
    enum opt_decision opt;
    double value;
    struct str name, say, say_es;
};
struct named {
    struct str name, text;
};
struct lexicon {
    struct arena arena;
    struct slot *slots;
    struct word *words; /* [0] is the unknown word */
    size_t n_words, n_spellings, n_sets, n_defs, n_rules, n_patterns, n_close;
    struct str *set_names;
    struct named *defs;
    struct rule *rules;
    struct pattern *patterns;
    struct slot *close; /* words taken with one typing error, by first letter */
    uint32_t *index;    /* index[word] .. index[word + 1]: its part of `starts` */
    uint16_t *starts;   /* patterns that may begin with the word */
    uint16_t *others;   /* patterns that may begin with what is no word */
    size_t n_others;
    int negator, breaker, spanish, english, abbreviation; /* sets used by name, -1 when there is none */
    char version[17];
};

uint16_t lexicon_find(const struct lexicon *l, struct str folded); /* 0: not there */
/* The same for words of messages: also with letters drawn out ("sooooon") or one typing error. */
uint16_t lexicon_guess(const struct lexicon *l, struct str folded);
int lexicon_intern(struct lexicon *l, struct str folded, uint16_t *out, struct err *e);
int lexicon_set(const struct lexicon *l, struct str name); /* -1: none */
static inline bool lexicon_in(const struct lexicon *l, uint16_t word, int set) {
    return set >= 0 && (l->words[word].sets[set / 64] >> (set % 64) & 1);
}

bool position_takes_word(const struct lexicon *l, const struct position *p, uint16_t word);
/* pattern.c. Compiles `text` (its macros already replaced); words that are new are added to the lexicon. */
int pattern_compile(struct lexicon *l, struct str text, struct pattern *out, struct err *e);
/* The longest match that begins at token `at`: the token behind it in *out_end, in *out_when the last TOK_DATE or TOK_SPAN that a {date} or
 * {span} stood for (0: none). Tokens masked for `mask_bit` are seen by gaps only. */
bool pattern_match(const struct lexicon *l, const struct pattern *p, const struct token *t, size_t n,
                   size_t at, uint8_t mask_bit, size_t *out_end, size_t *out_when);
/* Folds one word as token_read does; false when nothing is left or it is too long. */
bool token_fold(struct str word, char out[LEX_MAX_WORD], size_t *out_n);

#endif
