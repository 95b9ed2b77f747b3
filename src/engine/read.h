/* Reading a message (IN-5), the plainest form: urgency, competitor, opt-out; English and Spanish, no network,
 * pure.
 *
 * Its knowledge (word lists, patterns with negation and look-alikes) is data: data/read/ * , parsed once into
 * a lexicon at start and passed in. Each finding carries the span of the original text (byte offsets) that
 * supports it. The opt-out reading follows the decision ranks of the opt-out rules: keyword, look-alikes
 * blanked, families in order; over-stopping is the safe side. */
#ifndef ENGINE_READ_H
#define ENGINE_READ_H

#include "engine/event.h"

enum reading_label { READ_URGENCY, READ_COMPETITOR, READ_OPT_OUT, READING_LABELS };
enum opt_decision {
    OPT_NONE,
    OPT_PAUSE_AND_ASK,
    OPT_CHANNEL,
    OPT_OUT,
    OPT_OUT_AND_ALERT,
    OPT_START,
    OPT_HELP
};

struct finding {
    enum reading_label label;
    double value;    /* 0..1 strength, capped at 1 */
    size_t from, to; /* bytes of the original text */
    struct str say;  /* short reason in the lexicon's words, e.g. "needs to move as soon as possible" (key for
                        i18n: say_es) */
    struct str say_es;
};
enum { READ_MAX_FINDINGS = 16, READ_MAX_TEXT = 64 * 1024 };
struct reading {
    double urgency;    /* 0..1 */
    double competitor; /* 0..1 */
    enum opt_decision opt;
    int64_t horizon_days; /* -1 when not stated */
    enum language language;
    size_t n;
    struct finding found[READ_MAX_FINDINGS];
};

struct lexicon;
/* files: the texts of data/read/, name and content; names that do not end in .txt are passed over. Errors name file and line. */
struct lexicon_file {
    struct str name, text;
};
int lexicon_read(const struct lexicon_file *files, size_t n, struct lexicon **out, struct err *e);
void lexicon_free(struct lexicon *l);
struct str
lexicon_version(const struct lexicon *l); /* hash of its texts, hex: part of each decision's record */
/* Any bytes are taken; invalid UTF-8 reads as U+FFFD; beyond READ_MAX_TEXT the rest is not read. HTML e-mail
 * is expected already as text. */
void read_message(const struct lexicon *l, struct str text, int64_t sent_us, struct reading *out);

#endif
