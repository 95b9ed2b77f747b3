/* Reading messages: what is found, where, and what must not be. The lists are our own sentences; tests/unit/test_readcheck.c measures on
 * labelled ones. */
#include "lexicon_files.h"

#include "base/civil.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int open_lexicon(void **state) {
    *state = lexicon_of_tree();
    return *state ? 0 : -1;
}
static int close_lexicon(void **state) {
    lexicon_free(*state);
    return 0;
}

/* Friday, 2026-01-16, 15:00 in New York. */
static int64_t sent(void) {
    return civil_to_us((struct civil){.date = {2026, 1, 16}, .hour = 20});
}

static struct reading reading_of(const struct lexicon *l, const char *text) {
    struct reading r;
    read_message(l, str_of(text), sent(), &r);
    for (size_t i = 0; i < r.n; i++) {
        assert_true(r.found[i].from < r.found[i].to && r.found[i].to <= strlen(text));
        assert_true(r.found[i].say.n > 0 && r.found[i].say_es.n > 0);
    }
    assert_true(r.urgency >= 0 && r.urgency <= 1 && r.competitor >= 0 && r.competitor <= 1);
    return r;
}

static struct str span_of(const struct reading *r, enum reading_label label, const char *text) {
    for (size_t i = 0; i < r->n; i++)
        if (r->found[i].label == label)
            return (struct str){text + r->found[i].from, r->found[i].to - r->found[i].from};
    return STR_NONE;
}

/* Prints a row that went wrong; the test fails at its end, with all of them named. */
__attribute__((format(printf, 1, 2))) static int told(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    printf("# ");
    vprintf(fmt, args);
    printf("\n");
    va_end(args);
    return 1;
}

static void asap_with_its_span(void **state) {
    const char *text = "Hi! I need to move ASAP, please call";
    struct reading r = reading_of(*state, "need to move ASAP");
    assert_true(r.urgency >= 0.9);
    r = reading_of(*state, text);
    assert_true(r.urgency >= 0.9);
    assert_true(str_is(span_of(&r, READ_URGENCY, text), "ASAP"));
    assert_true(r.competitor == 0 && r.opt == OPT_NONE && r.horizon_days == -1);
}

static void spans_are_bytes_of_the_original(void **state) {
    const char *text = "\xc2\xa1Ma\xc3\xb1"
                       "ana! \xf0\x9f\x8f\xa0 necesito vender \xe2\x80\x9c"
                       "R\xc3\x81PIDO\xe2\x80\x9d, ok";
    struct reading r = reading_of(*state, text);
    assert_true(r.urgency >= 0.7);
    assert_true(str_is(span_of(&r, READ_URGENCY, text), "necesito vender \xe2\x80\x9cR\xc3\x81PIDO"));
    assert_int_equal(r.language, LANG_ES);
}

struct row {
    const char *text;
    bool want;
};

static void urgency_rows(void **state) {
    static const struct row rows[] = {
        {"Need a place asap", true},
        {"we need somthing a.s.a.p.", true},
        {"As soon as you can, please", true},
        {"it's URGENT", true},
        {"its urgnt!!", true},
        {"We have to be out by February 3rd", true},
        {"my lease is up jan 31", true},
        {"closing is on 2/10 and we have nowhere to go", true},
        {"I've been evicted and need a 2 bedroom", true},
        {"Can we see it today?", true},
        {"any chance to tour the condo tmrw morning?", true},
        {"I want to put in an offer right now", true},
        {"moving in 3 weeks", true},
        {"Move-in date: 02/01/2026", true},
        {"Necesito mudarme cuanto antes", true},
        {"me urge vender la casa", true},
        {"se me vence el contrato de renta el 31 de enero", true},
        {"tengo que salir de aqui en dos semanas", true},
        {"No rush at all, just looking", false},
        {"we are not in a hurry but keep me posted", false},
        {"It's not urgent", false},
        {"no tengo prisa", false},
        {"Thinking about moving next summer", false},
        {"We'd like to be in by the end of August", false},
        {"Can we see it Saturday?", false},
        {"Call me tomorrow when you have a minute", false},
        {"What is the HOA fee?", false},
        {"Move-in date: 07/01/2026", false},
        {"Our lease ends in October", false},
        {"my husband lost his job", false},
        {"", false},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reading r = reading_of(*state, rows[i].text);
        if ((r.urgency >= 0.70) != rows[i].want) failed += told("%s: urgency %.2f", rows[i].text, r.urgency);
    }
    assert_int_equal(failed, 0);
}

static void competitor_rows(void **state) {
    static const struct row rows[] = {
        {"I already have an agent", true},
        {"my realtor is showing us that one", true},
        {"my relator is showing us that one", true},
        {"We're interviewing a few agents before we decide", true},
        {"another broker told me 600k", true},
        {"Opendoor gave us 410", true},
        {"the lady from Keller Williams was here", true},
        {"my cousin is a realtor", true},
        {"my uncle sells real estate so he'll list it", true},
        {"we signed with somebody else", true},
        {"I'm working with someone already", true},
        {"got a letter from one of those we buy houses companies", true},
        {"ya tengo agente", true},
        {"estamos trabajando con otra inmobiliaria", true},
        {"mi primo es realtor", true},
        {"Are you working with an agent? Yes", true},
        {"I don't have an agent", false},
        {"we do not have a realtor yet", false},
        {"no tengo agente", false},
        {"Are you working with an agent? No", false},
        {"Agent: none", false},
        {"I saw it on Zillow", false},
        {"The seller's agent never answered", false},
        {"do I need an agent to see it?", false},
        {"our old agent retired", false},
        {"I am a realtor and my clients love the house", false},
        {"the lender said 5 percent down", false},
        {"thanks, see you Saturday", false},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reading r = reading_of(*state, rows[i].text);
        if ((r.competitor >= 0.5) != rows[i].want)
            failed += told("%s: competitor %.2f", rows[i].text, r.competitor);
    }
    assert_int_equal(failed, 0);
}

static void opt_out_rows(void **state) {
    static const struct {
        const char *text;
        enum opt_decision want;
    } rows[] = {
        {"STOP", OPT_OUT},
        {" stop. ", OPT_OUT},
        {"\"Stop\"", OPT_OUT},
        {"s\xe2\x80\x8btop", OPT_OUT},
        {"\xef\xbc\xb3\xef\xbc\xb4\xef\xbc\xaf\xef\xbc\xb0", OPT_OUT}, /* full-width letters */
        {"unsubcribe", OPT_OUT},
        {"Opt-Out", OPT_OUT},
        {"ALTO", OPT_OUT},
        {"B\xc3\xb3rreme", OPT_OUT},
        {"START", OPT_START},
        {"help", OPT_HELP},
        {"yes", OPT_NONE},
        {"Please stop", OPT_OUT},
        {"STOP please!!", OPT_OUT},
        {"ok stop it now", OPT_OUT},
        {"alto por favor", OPT_OUT},
        {"stop texting me", OPT_OUT},
        {"Would you quit calling my phone", OPT_OUT},
        {"stop with the emails", OPT_OUT},
        {"cease all contact", OPT_OUT},
        {"I told you to stop", OPT_OUT},
        {"Don't contact me again", OPT_OUT},
        {"dont text me anymore", OPT_OUT},
        {"never call this number again", OPT_OUT},
        {"please don't email me", OPT_OUT},
        {"no more texts", OPT_OUT},
        {"I do not wish to receive these messages", OPT_OUT},
        {"enough with the calls", OPT_OUT},
        {"take me off your list", OPT_OUT},
        {"please remove my number", OPT_OUT},
        {"I'd like to opt out", OPT_OUT},
        {"how do I make these stop", OPT_OUT},
        {"lose my number", OPT_OUT},
        {"leave us alone", OPT_OUT},
        {"Wrong number", OPT_OUT},
        {"I think you have the wrong person", OPT_OUT},
        {"this is not Carla's number", OPT_OUT},
        {"n\xc3\xbamero equivocado", OPT_OUT},
        {"I withdraw my consent", OPT_OUT},
        {"I never signed up for this", OPT_OUT},
        {"I'm on the do not call list", OPT_OUT_AND_ALERT},
        {"this is harassment", OPT_OUT_AND_ALERT},
        {"I will sue", OPT_OUT_AND_ALERT},
        {"No me escriban m\xc3\xa1s", OPT_OUT},
        {"dejen de llamarme", OPT_OUT},
        {"qu\xc3\xadteme de su lista", OPT_OUT},
        {"deme de baja", OPT_OUT},
        {"ya no quiero recibir mensajes", OPT_OUT},
        {"no calls please, text me", OPT_CHANNEL},
        {"email only", OPT_CHANNEL},
        {"not interested", OPT_PAUSE_AND_ASK},
        {"no thanks", OPT_PAUSE_AND_ASK},
        {"we already bought", OPT_PAUSE_AND_ASK},
        {"no me interesa", OPT_PAUSE_AND_ASK},
        {"how did you get my number", OPT_PAUSE_AND_ASK},
        {"so when does this stop", OPT_PAUSE_AND_ASK},
        {"Could you stop by at 3?", OPT_NONE},
        {"we stopped in on Sunday", OPT_NONE},
        {"It's near the bus stop", OPT_NONE},
        {"Don't stop sending me listings", OPT_NONE},
        {"please do not cancel my tour", OPT_NONE},
        {"why did you stop sending listings?", OPT_NONE},
        {"we want to stop renting", OPT_NONE},
        {"Cancel my showing tomorrow", OPT_NONE},
        {"By the end of March", OPT_NONE},
        {"remove the inspection contingency", OPT_NONE},
        {"I quit my job", OPT_NONE},
        {"can we opt out of the HOA?", OPT_NONE},
        {"Don't call me before 5, I am at work", OPT_NONE},
        {"I don't want more than 3 bedrooms", OPT_NONE},
        {"no quiero m\xc3\xa1s de 3 cuartos", OPT_NONE},
        {"This is not a good time", OPT_NONE},
        {"I never agreed to that price", OPT_NONE},
        {"Interested! Call me", OPT_NONE},
        {"Call me when you can", OPT_NONE},
        {"get me a showing on Friday", OPT_NONE},
        {"Stop by please, but stop texting me at night", OPT_OUT}, /* the look-alike hides nothing else */
        {"Sounds good\nOn Mon, Jan 5, Agent wrote:\nReply STOP to end\nstop texting me", OPT_NONE},
        {"Sounds good\nOn Mon, Jan 5, Agent wrote:\n> Reply STOP to end\n\nno more texts",
         OPT_OUT}, /* own words under a marked quotation */
        {"On Mon, Jan 5, Agent wrote:\n> Reply STOP to end\nok, Friday works", OPT_NONE},
        {"Sounds good\n> stop texting me\nsee you", OPT_NONE},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reading r = reading_of(*state, rows[i].text);
        if (r.opt != rows[i].want)
            failed += told("%s: %d, not %d", rows[i].text, (int)r.opt, (int)rows[i].want);
        bool found = false;
        for (size_t k = 0; k < r.n; k++) found |= r.found[k].label == READ_OPT_OUT;
        assert_int_equal(found, rows[i].want != OPT_NONE);
    }
    assert_int_equal(failed, 0);
}

static void horizon_rows(void **state) {
    static const struct {
        const char *text;
        int64_t want;
    } rows[] = {
        {"need to move in 2 weeks", 14},
        {"we have to move in a couple of months", 60},
        {"must close by March 1", 44},
        {"must close by 3/15", 58},
        {"need to be out by the 30th", 14},
        {"need to be out by the 3rd", 18},
        {"we want to buy by the end of March", 74},
        {"we want to buy by mid February", 30},
        {"we need to move before June", 136},
        {"we need to move in June", 165},
        {"need to be out this weekend", 1},
        {"need to be out by Wednesday", 5},
        {"Move-in: 2026-02-15", 30},
        {"Timeframe: 1-3 months", 90},
        {"When are you looking to buy? 0-30 days", 30},
        {"tengo que mudarme antes del 1 de febrero", 16},
        {"necesitamos comprar en tres meses", 90},
        {"my lease ends December 31", 349},
        {"can we see it before Friday", -1},
        {"we can't close before April 10", -1},
        {"want a 3/2 in Kendall", -1},
        {"I may move", -1},
        {"we sold in June", -1},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reading r = reading_of(*state, rows[i].text);
        if (r.horizon_days != rows[i].want)
            failed += told("%s: %lld days, not %lld", rows[i].text, (long long)r.horizon_days,
                           (long long)rows[i].want);
    }
    assert_int_equal(failed, 0);
}

static bool says(const struct reading *r, char label) {
    if (label == 'u') return r->urgency >= 0.70;
    if (label == 'c') return r->competitor >= 0.5;
    return r->opt == OPT_OUT || r->opt == OPT_OUT_AND_ALERT;
}

static void many_sentences(void **state) {
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    const char *root = getenv("SOURCE_ROOT");
    struct str all = slurp(&a, arena_fmt(&a, "%s/tests/unit/read_sentences.txt", root ? root : ".").p), line;
    int failed = 0, lines = 0;
    while (all.n && str_cut(&all, '\n', &line)) {
        if (line.n < 3 || line.p[0] == '#') continue;
        char label = (char)(line.p[0] | 32);
        assert_true(strchr("uco", label) && line.p[1] == '|');
        struct reading r;
        read_message(*state, str_skip(line, 2), sent(), &r);
        bool want = line.p[0] != label;
        if (says(&r, label) != want)
            failed += told("%.*s: urgency %.2f competitor %.2f opt %d", STR_FMT(line), r.urgency,
                           r.competitor, (int)r.opt);
        lines++;
    }
    assert_true(lines > 300);
    assert_int_equal(failed, 0);
}

static void any_bytes_are_read(void **state) {
    const struct lexicon *l = *state;
    struct prng p = prng_seed(4);
    static char text[READ_MAX_TEXT + 10];
    static const char *const bits[] = {
        "stop ", "asap",   "\xff", "\xf0\x9f\x8f", "by may 3 ", "\n> ", "?", ", ", "999999999999999",
        "1/",    "a.b.c.", "'",    "agent ",       "\0"};
    for (int round = 0; round < 3000; round++) {
        size_t n = 0, want = prng_below(&p, round % 500 ? 400 : sizeof text - 40);
        while (n < want) {
            const char *bit = bits[prng_below(&p, sizeof bits / sizeof bits[0])];
            size_t k = strlen(bit) ? strlen(bit) : 1;
            memcpy(text + n, bit, k);
            n += k;
        }
        struct reading r;
        read_message(l, (struct str){text, n}, (int64_t)prng_u64(&p), &r);
        assert_true(r.urgency >= 0 && r.urgency <= 1 && r.competitor >= 0 && r.competitor <= 1);
        for (size_t i = 0; i < r.n; i++) assert_true(r.found[i].from < r.found[i].to && r.found[i].to <= n);
    }
}

static void only_so_much_is_read(void **state) {
    const struct lexicon *l = *state;
    static char text[READ_MAX_TEXT + 8];
    for (size_t extra = 0; extra <= 2; extra++) { /* the word ends one before, at, and one after the limit */
        memset(text, ' ', sizeof text);
        size_t end = READ_MAX_TEXT - 1 + extra;
        memcpy(text + end - 4, "asap", 4);
        struct reading r;
        read_message(l, (struct str){text, sizeof text}, sent(), &r);
        assert_int_equal(r.urgency > 0, extra < 2);
    }
    /* a flood of findings does not push out another label's */
    size_t n = 0;
    while (n + 40 < READ_MAX_TEXT)
        n += (size_t)snprintf(text + n, sizeof text - n, "by may %zu asap ", n % 28 + 1);
    memcpy(text + n, ". stop texting me", 17);
    struct reading r;
    read_message(l, (struct str){text, n + 17}, sent(), &r);
    assert_int_equal(r.opt, OPT_OUT);
}

static void lexicon_says_where_it_is_wrong(void **state) {
    (void)state;
    static const struct {
        const char *text, *where, *part;
    } rows[] = {
        {"rule urgency 0.5 x\n  (a b", "w.txt line 2", "("},
        {"\n\nbogus line", "w.txt line 3", "unknown"},
        {"  orphan", "w.txt line 1", "before the first rule"},
        {"rule urgency 1.5 x", "w.txt line 1", "0 to 1"},
        {"rule opt_out never x", "w.txt line 1", "decision"},
        {"rule mood 1 x", "w.txt line 1", "label"},
        {"rule urgency 1 x\n  a @nobody", "w.txt line 2", "@nobody"},
        {"rule urgency 1 x\n  a %nothing", "w.txt line 2", "%nothing"},
        {"rule urgency 1 x\n  a?", "w.txt line 2", "nothing at all"},
        {"rule urgency 1 x\n  .. a", "w.txt line 2", "begin"},
        {"rule urgency 1 x\n  a ..99 b", "w.txt line 2", "gap"},
        {"rule urgency 1 x\n  a {day}", "w.txt line 2", "{day}"},
        {"rule urgency 1 x\n  a )", "w.txt line 2", ")"},
        {"rule urgency 1 x\n  a {date<=x}", "w.txt line 2", "bound"},
        {"def a = %b\ndef b = %a\nrule urgency 1 x\n  %a", "w.txt line 4", "circle"},
        {"role month = may", "w.txt line 1", "number"},
        {"role month 0 = may", "w.txt line 1", "no month"},
        {"role month 13 = may", "w.txt line 1", "no month"},
        {"role feast 231 = never", "w.txt line 1", "no feast"},
        {"role king 1 = may", "w.txt line 1", "role"},
        {"set x y", "w.txt line 1", "="},
        {"forms a = b\nforms c = b", "w.txt line 2", "already"},
        {"rule urgency 1 x scope 99", "w.txt line 1", "scope"},
        {"rule urgency 1 x\n  ((((((((((((((((((a))))))))))))))))))", "w.txt line 2", "deep"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lexicon_file f = {STR("w.txt"), str_of(rows[i].text)};
        struct lexicon *l = NULL;
        struct err e = {0};
        assert_int_equal(lexicon_read(&f, 1, &l, &e), -1);
        assert_null(l);
        assert_string_equal(e.where, rows[i].where);
        if (str_find(str_of(e.msg), str_of(rows[i].part)) < 0) fail_msg("%s: %s", rows[i].text, e.msg);
    }
}

static double urgency_by(const char *rules, const char *text) {
    struct lexicon_file f = {STR("w.txt"), str_of(rules)};
    struct lexicon *l = NULL;
    struct err e = {0};
    if (lexicon_read(&f, 1, &l, &e)) fail_msg("%s %s", e.where, e.msg);
    struct reading r;
    read_message(l, str_of(text), sent(), &r);
    lexicon_free(l);
    return r.urgency;
}

static void patterns_mean_what_the_page_says(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool want;
    } rows[] = {
        {"a b", "a b", true},
        {"a b", "a c b", false},
        {"a b", "a, b", true},
        {"a b", "a. b", false},
        {"a b? c", "a c", true},
        {"a b? c", "a b c", true},
        {"a b? c", "a b b c", false},
        {"a b* c", "a b b c", true},
        {"a b+ c", "a c", false},
        {"a b+ c", "a b b c", true},
        {"a (b|c d) e", "a c d e", true},
        {"a (b|c d) e", "a c e", false},
        {"a .. b", "a x y z b", true},
        {"a .. b", "a w x y z b", false},
        {"a ..1 b", "a x y b", false},
        {"a ..5 b", "a x. b", false},
        {"a _ b", "a x b", true},
        {"a _ b", "a b", false},
        {"^ a", "a b", true},
        {"^ a", "b a", false},
        {"a $", "b a", true},
        {"a $", "a b", false},
        {"a .", "a. b", true},
        {"a .", "a b", false},
        {"a .", "a", true},
        {". a", "b. a", true},
        {"a {num} b", "a 12 b", true},
        {"a {num} b", "a c b", false},
        {"a {ask} b", "a? b", true},
        {"a {ask} b", "a. b", false},
        {"a {colon} b", "a: b", true},
        {"a b", "A B", true},
        {"dont", "Don't", true},
        {"email", "e-mail", true},
        {"soon", "sooooon", true},
        {"@s b", "y b", true},
        {"@s b", "z b", false},
        {"%d b", "p q b", true},
        {"a b c | d", "d", true},
        {"(a|b|c) d", "b d", true},
        {"(a|b|c)* d", "a c d", true},
        {"a (b|c)? d", "a d", true},
        {"unsubscribe", "unsubscrbe", true},
        {"unsubscribe", "unsubscrb", false},
        {"unsubscribe", "nusubscribe", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char rules[300];
        snprintf(rules, sizeof rules,
                 "close unsubscribe\nset s = x y\ndef d = (p q|r)\nrule urgency 0.9 t scope 0\n  %s",
                 rows[i].pattern);
        bool found = urgency_by(rules, rows[i].text) > 0;
        if (found != rows[i].want) fail_msg("%s on %s", rows[i].pattern, rows[i].text);
    }
}

static void negation_masks_and_denials(void **state) {
    (void)state;
    static const struct {
        const char *rules, *text;
        double want;
    } rows[] = {
        {"set negator = not no\nset breaker = but\nrule urgency 0.9 t\n  hot", "not so hot", 0},
        {"set negator = not no\nset breaker = but\nrule urgency 0.9 t\n  hot", "not that very hot", 0},
        {"set negator = not no\nset breaker = but\nrule urgency 0.9 t\n  hot", "not a b c hot", 0.9},
        {"set negator = not no\nset breaker = but\nrule urgency 0.9 t\n  hot", "not cold but hot", 0.9},
        {"set negator = not no\nset breaker = but\nrule urgency 0.9 t\n  hot", "no, hot", 0.9},
        {"set negator = not no\nrule urgency 0.9 t scope 0\n  hot", "not hot", 0.9},
        {"set negator = not no\nrule urgency 0.9 t scope 1\n  hot", "not so hot", 0.9},
        {"rule urgency 0.9 t\n  hot\nmask urgency m\n  hot dog", "hot dog", 0},
        {"rule urgency 0.9 t\n  hot\nmask urgency m\n  hot dog", "hot dog, hot", 0.9},
        {"rule urgency 0.9 t\n  hot\nmask competitor m\n  hot dog", "hot dog", 0.9},
        {"rule urgency 0.8 t\n  hot\ndeny urgency 0.5 d\n  maybe", "hot maybe", 0.4},
        {"rule urgency 0.8 t\n  hot\ndeny urgency 1 d\n  maybe", "maybe hot", 0},
        {"rule urgency 0.6 t\n  hot\nrule urgency 0.5 s\n  soon", "hot soon", 0.7},
        {"rule urgency 0.6 t\n  hot soon\nrule urgency 0.5 s\n  soon", "hot soon",
         0.6}, /* the same words count once */
        {"rule urgency 0.6 t tight\n  a b", "a, b", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double got = urgency_by(rows[i].rules, rows[i].text);
        if (got < rows[i].want - 1e-9 || got > rows[i].want + 1e-9)
            fail_msg("%s: %.3f, not %.3f", rows[i].text, got, rows[i].want);
    }
}

/* A fuzzer's find: a keyword that may be empty, and an empty message, gave a span that ended before it began. */
static void an_empty_keyword_has_a_span(void **state) {
    (void)state;
    struct lexicon_file f = {STR("w.txt"), STR("keyword opt_out s\n  stop?")};
    struct lexicon *l = NULL;
    assert_int_equal(lexicon_read(&f, 1, &l, NULL), 0);
    static const char *const texts[] = {"", "stop", "..", "stop."};
    for (size_t i = 0; i < 4; i++) {
        struct reading r;
        read_message(l, str_of(texts[i]), sent(), &r);
        assert_int_equal(r.opt, OPT_OUT);
        assert_true(r.n == 1 && r.found[0].from <= r.found[0].to && r.found[0].to <= strlen(texts[i]));
    }
    lexicon_free(l);
}

static void version_is_of_the_texts(void **state) {
    struct lexicon_file f[2] = {{STR("a.txt"), STR("plain x")}, {STR("README.md"), STR("no lexicon at all")}};
    struct lexicon *one, *two;
    assert_int_equal(lexicon_read(f, 2, &one, NULL), 0);
    f[0].text = STR("plain y");
    assert_int_equal(lexicon_read(f, 2, &two, NULL), 0);
    assert_int_equal(lexicon_version(one).n, 16);
    assert_false(str_eq(lexicon_version(one), lexicon_version(two)));
    assert_false(str_eq(lexicon_version(one), lexicon_version(*state)));
    lexicon_free(one);
    lexicon_free(two);
    lexicon_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asap_with_its_span),
        cmocka_unit_test(spans_are_bytes_of_the_original),
        cmocka_unit_test(urgency_rows),
        cmocka_unit_test(competitor_rows),
        cmocka_unit_test(opt_out_rows),
        cmocka_unit_test(horizon_rows),
        cmocka_unit_test(many_sentences),
        cmocka_unit_test(any_bytes_are_read),
        cmocka_unit_test(only_so_much_is_read),
        cmocka_unit_test(lexicon_says_where_it_is_wrong),
        cmocka_unit_test(patterns_mean_what_the_page_says),
        cmocka_unit_test(negation_masks_and_denials),
        cmocka_unit_test(an_empty_keyword_has_a_span),
        cmocka_unit_test(version_is_of_the_texts),
    };
    return cmocka_run_group_tests(tests, open_lexicon, close_lexicon);
}
