/* The briefing: who is in it and why, at every edge; that it says nothing it has no figure for; and that
 * nothing a lead is called or wrote gets out of its place in any of the four renderings. */
#include "base/json.h"
#include "base/utf8.h"
#include "brief_help.h"
#include "engine/gsm7.h"

enum { FORMS = 4 };

/* Renderings 0 to 3: JSON, text message, HTML, plain text. */
static struct str render(const struct brief *b, int form, struct buf *out) {
    buf_init(out, 1 << 20);
    struct str url = STR("https://leads.example.org");
    if (form == 0) brief_json(b, out);
    if (form == 1) brief_text(b, out);
    if (form == 2) brief_html(b, url, out);
    if (form == 3) brief_plain(b, url, out);
    assert_true(buf_ok(out));
    assert_true(utf8_valid(buf_str(out)));
    return buf_str(out);
}
static const struct jnode *parsed(struct morning *m, struct buf *out) {
    const struct jnode *root;
    struct err e = {0};
    if (json_parse(&m->arena, render(m->brief, 0, out), 1 << 20, &root, &e))
        fail_msg("%s: %s", e.where, e.msg);
    return root;
}
static struct str text_at(const struct jnode *o, const char *key) {
    struct str s = STR_NONE;
    assert_int_equal(json_str(o, key, STR_NONE, &s, NULL), 0);
    return s;
}
static const struct jnode *nth(const struct jnode *root, const char *list, size_t i) {
    const struct jnode *n = json_at(json_get(root, list), i);
    if (!n) fail_msg("%s has no row %zu", list, i);
    return n;
}
static size_t rows(const struct jnode *root, const char *list) {
    return json_get(root, list)->kids.count;
}

/* ---- shape and size ---- */

static void has_the_shape_of_the_api(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead l = morning_lead(&m, 1, "Ana Ruiz", 72.46);
    morning_window(&l, 14);
    morning_waits(&m, &l, 3 * US_HOUR, "I need to move ASAP");
    brief_add(m.brief, &l);
    brief_finish(m.brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out), *a = nth(root, "priority_actions", 0);
    static const char *const keys[] = {"agent_id",  "agent_name", "for_date",         "zone",
                                       "headline",  "counts",     "priority_actions", "top_leads",
                                       "hot_leads", "at_risk",    "windows",          "performance",
                                       "strategy",  "missing",    "text_short"};
    assert_int_equal(root->kids.count, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!json_get(root, keys[i])) fail_msg("%s is missing", keys[i]);
    static const char *const action_keys[] = {"rank",  "lead_id",    "lead_name", "action",
                                              "title", "why",        "evidence",  "best_window",
                                              "say",   "confidence", "intent",    "likelihood"};
    assert_int_equal(a->kids.count, 12);
    for (size_t i = 0; i < 12; i++)
        if (!json_get(a, action_keys[i])) fail_msg("an action lacks %s", action_keys[i]);
    assert_str(text_at(root, "for_date"), "2026-11-20");
    assert_str(text_at(root, "zone"), "America/New_York");
    assert_str(text_at(root, "headline"), "One person to reach: Ana Ruiz");
    assert_str(text_at(a, "action"), "text");
    assert_str(text_at(a, "title"), "Text Ana Ruiz between 2 and 4 pm");
    assert_str(
        text_at(a, "why"),
        "Waiting 3 h for an answer: \"I need to move ASAP\"; used the pricing tool twice, last 15 h ago; "
        "searched or viewed homes 6 times, last 40 h ago");
    assert_str(text_at(a, "say"), "Hi Ana, Dana at Harbor Realty.");
    assert_str(text_at(a, "intent"), "hot");
    double likelihood;
    assert_int_equal(json_f64(a, "likelihood", 0, &likelihood, NULL), 0);
    assert_true(likelihood == 72.5);
    const struct jnode *w = json_get(a, "best_window");
    assert_str(text_at(w, "from"), "14:00");
    assert_str(text_at(w, "to"), "16:00");
    assert_int_equal(rows(a, "evidence"), 3);
    assert_str(text_at(json_at(json_get(a, "evidence"), 0), "kind"), "message_in");
    assert_str(text_at(json_at(json_get(a, "evidence"), 1), "text"), "Used the pricing tool twice");
    assert_int_equal(rows(root, "missing"), 5);
    assert_int_equal(rows(root, "windows"), 1);
    morning_done(&m);
}

static void no_leads_and_nothing_to_do(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    brief_finish(m.brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out);
    assert_str(text_at(root, "headline"), "No leads yet");
    assert_str(text_at(root, "text_short"), "No leads yet. https://leads.example.org/");
    for (int form = 0; form < FORMS; form++) {
        BUF_AUTO o;
        assert_lacks(render(m.brief, form, &o), "(null)");
    }
    morning_again(&m);
    struct brief_lead cold = morning_lead(&m, 1, "Cold Case", 5);
    brief_add(m.brief, &cold);
    brief_finish(m.brief);
    BUF_AUTO again;
    root = parsed(&m, &again);
    assert_str(text_at(root, "headline"), "Nobody needs you first thing today");
    assert_int_equal(rows(root, "priority_actions"), 0);
    assert_int_equal(rows(root, "top_leads"), 1);
    assert_int_equal(rows(root, "strategy"), 1); /* calls fell from 12 to 3: a figure */
    morning_done(&m);
}

static void ten_thousand_leads_need_no_more_memory(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    size_t before = m.arena.used;
    struct prng r = prng_seed(1);
    for (unsigned i = 0; i < 10000; i++) {
        struct brief_lead l = morning_lead(&m, i + 1, "Somebody With A Name", prng_unit(&r) * 100);
        morning_window(&l, 8 + (int)prng_below(&r, 12));
        brief_add(m.brief, &l);
    }
    assert_int_equal(m.arena.used, before);
    brief_finish(m.brief);
    assert_true(arena_ok(&m.arena));
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out);
    assert_int_equal(rows(root, "priority_actions"), BRIEF_ACTIONS);
    assert_int_equal(rows(root, "top_leads"), BRIEF_TOP);
    assert_int_equal(rows(root, "hot_leads"), BRIEF_LIST);
    int64_t leads;
    assert_int_equal(json_i64(json_get(root, "counts"), "leads", 0, &leads, NULL), 0);
    assert_int_equal(leads, 10000);
    morning_done(&m);
}

static void the_order_of_leads_does_not_matter(void **state) {
    (void)state;
    enum { N = 60 };
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead lead[N];
    static const char *const name[] = {"Ana", "Bo", "Cy", "Di", "Ed"};
    for (unsigned i = 0; i < N; i++) {
        lead[i] = morning_lead(&m, i + 1, name[i % 5], (i % 7) * 14);
        morning_window(&lead[i], 8 + (int)(i % 9));
        if (i % 4 == 0) morning_waits(&m, &lead[i], (i % 3) * US_DAY, "hello");
    }
    struct prng r = prng_seed(8);
    BUF_AUTO first;
    buf_init(&first, 1 << 20);
    for (int round = 0; round < 30; round++) {
        morning_again(&m);
        for (unsigned i = 0; i < N; i++) brief_add(m.brief, &lead[i]);
        brief_finish(m.brief);
        BUF_AUTO out;
        struct str got = render(m.brief, 0, &out);
        if (round == 0)
            buf_str_add(&first, got);
        else
            assert_true(str_eq(buf_str(&first), got));
        for (unsigned i = N - 1; i > 0; i--) {
            unsigned k = (unsigned)prng_below(&r, i + 1);
            struct brief_lead swap = lead[i];
            lead[i] = lead[k];
            lead[k] = swap;
        }
        arena_reset(&m.arena);
    }
    morning_done(&m);
}

/* ---- who is in it ---- */

static size_t actions_of(struct morning *m, const struct brief_lead *l, struct str *out_why) {
    morning_again(m);
    brief_add(m->brief, l);
    brief_finish(m->brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(m, &out);
    size_t n = rows(root, "priority_actions");
    if (n && out_why) *out_why = arena_str(&m->arena, text_at(nth(root, "priority_actions", 0), "why"));
    return n;
}

static void an_action_needs_a_reason(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead l = morning_lead(&m, 1, "Ana", 43); /* 0.43 * (0.5 + 0.5 * 0.6) = 0.344 */
    assert_int_equal(actions_of(&m, &l, NULL), 0);
    l = morning_lead(&m, 1, "Ana", 44); /* 0.352 */
    assert_int_equal(actions_of(&m, &l, NULL), 1);
    l = morning_lead(&m, 1, "Ana", 0);
    assert_int_equal(actions_of(&m, &l, NULL), 0);
    morning_waits(&m, &l, 0, "hello");
    struct str why;
    assert_int_equal(actions_of(&m, &l, &why), 1);
    assert_str(why, "Waiting 1 min for an answer: \"hello\"");
    l = morning_lead(&m, 1, "Ana", NAN);
    assert_int_equal(actions_of(&m, &l, NULL), 0);
    l.open_alert = help_id(50);
    l.open_type = ALERT_BEHAVIOR;
    assert_int_equal(actions_of(&m, &l, NULL), 1);
    l.open_type = ALERT_COMPETITIVE;
    assert_int_equal(actions_of(&m, &l, &why), 1);
    assert_has(why, "Mentions another agent");
    l.open_type = ALERT_TYPES;
    assert_int_equal(actions_of(&m, &l, NULL), 0);
    morning_done(&m);
}

static void urgent_before_waiting_before_active(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead active = morning_lead(&m, 1, "Active", 60), waits = morning_lead(&m, 2, "Waits", 10),
                      urgent = morning_lead(&m, 3, "Urgent", 10);
    morning_waits(&m, &waits, US_DAY, "hi");
    urgent.open_alert = help_id(50);
    urgent.open_type = ALERT_URGENCY;
    brief_add(m.brief, &active);
    brief_add(m.brief, &waits);
    brief_add(m.brief, &urgent);
    brief_finish(m.brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out);
    assert_str(text_at(nth(root, "priority_actions", 0), "lead_name"), "Urgent");
    assert_str(text_at(nth(root, "priority_actions", 0), "action"), "call"); /* urgent is said, not written */
    assert_str(text_at(nth(root, "priority_actions", 0), "say"), "When can you talk, Urgent?");
    assert_str(text_at(nth(root, "priority_actions", 1), "lead_name"), "Waits");
    assert_str(text_at(nth(root, "priority_actions", 2), "lead_name"), "Active");
    assert_str(text_at(root, "headline"), "3 people to reach, Urgent first");
    morning_done(&m);
}

static void waiting_ends_after_thirty_days(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        struct morning m;
        morning(&m, LANG_EN);
        struct brief_lead l = morning_lead(&m, 1, "Ana", 0);
        morning_waits(&m, &l, 30 * US_DAY + d, "hello?");
        brief_add(m.brief, &l);
        brief_finish(m.brief);
        BUF_AUTO out;
        int64_t waiting;
        assert_int_equal(json_i64(json_get(parsed(&m, &out), "counts"), "waiting", -1, &waiting, NULL), 0);
        assert_int_equal(waiting, d <= 0);
        morning_done(&m);
    }
}

static void who_opted_out_is_nowhere(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct picture p;
    picture_init(&p);
    for (int i = 0; i < 10; i++) {
        struct event ev = {
            .id = help_id(70), .at_us = m.in.now_us - (10 + i) * US_DAY, .kind = EV_MESSAGE_IN};
        picture_apply(&p, &ev, NULL);
    }
    struct brief_lead l = morning_lead(&m, 1, "Xavier Quill", 95);
    morning_window(&l, 14);
    morning_waits(&m, &l, US_HOUR, "leave me alone");
    l.open_alert = help_id(50);
    l.open_type = ALERT_URGENCY;
    l.opted_out = true;
    l.picture = &p;
    brief_add(m.brief, &l);
    brief_finish(m.brief);
    for (int form = 0; form < FORMS; form++) {
        BUF_AUTO out;
        struct str got = render(m.brief, form, &out);
        assert_lacks(got, "Xavier");
        assert_lacks(got, "leave me alone");
    }
    BUF_AUTO out;
    int64_t leads;
    assert_int_equal(json_i64(json_get(parsed(&m, &out), "counts"), "leads", 0, &leads, NULL), 0);
    assert_int_equal(leads, 1);
    morning_done(&m);
}

/* Active on `active` days `gap` days apart, the last one `silent` days ago. */
static bool is_quiet(int active, int gap, int silent) {
    struct morning m;
    morning(&m, LANG_EN);
    struct picture p;
    picture_init(&p);
    for (int i = 0; i < active; i++) {
        struct event ev = {.id = help_id((unsigned)i + 1),
                           .kind = EV_PROPERTY_VIEW,
                           .at_us = m.in.now_us - (int64_t)(silent + i * gap) * US_DAY - US_HOUR};
        picture_apply(&p, &ev, NULL);
    }
    struct brief_lead l = morning_lead(&m, 1, "Ana", 10);
    l.picture = &p;
    brief_add(m.brief, &l);
    brief_finish(m.brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out);
    bool quiet = rows(root, "at_risk") == 1;
    if (quiet) {
        int64_t days;
        assert_int_equal(json_i64(nth(root, "at_risk", 0), "silent_days", 0, &days, NULL), 0);
        assert_int_equal(days, silent);
        struct str expect =
            arena_fmt(&m.arena, "Silent for %d days; active on %d days before that, about every %s", silent,
                      active, gap == 1 ? "day" : "");
        assert_true(str_starts(text_at(nth(root, "at_risk", 0), "why"), expect));
    }
    morning_done(&m);
    return quiet;
}

static void gone_quiet_by_the_leads_own_habit(void **state) {
    (void)state;
    assert_false(is_quiet(3, 1, 6));
    assert_true(is_quiet(3, 1, 7));
    assert_true(is_quiet(3, 1, 8));
    assert_false(is_quiet(2, 1, 8)); /* too little to speak of a habit */
    assert_true(is_quiet(4, 1, 8));
    assert_false(is_quiet(3, 4, 11)); /* three usual gaps */
    assert_true(is_quiet(3, 4, 12));
    assert_true(is_quiet(3, 4, 13));
    assert_true(is_quiet(3, 1, 45));
    assert_false(is_quiet(3, 1, 46)); /* an old lead, not one at risk */
}

static void what_happened_since_yesterday_is_new(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        struct morning m;
        morning(&m, LANG_EN);
        struct picture p;
        picture_init(&p);
        struct event ev = {.id = help_id(1), .kind = EV_CONTACT, .at_us = m.in.now_us - 24 * US_HOUR - d};
        picture_apply(&p, &ev, NULL);
        struct brief_lead l = morning_lead(&m, 1, "Ana", 0);
        l.picture = &p;
        brief_add(m.brief, &l);
        brief_finish(m.brief);
        BUF_AUTO out;
        int64_t fresh;
        assert_int_equal(json_i64(json_get(parsed(&m, &out), "counts"), "new", -1, &fresh, NULL), 0);
        assert_int_equal(fresh, d < 0);
        morning_done(&m);
    }
}

/* ---- when and how ---- */

static void windows_belong_to_today_and_to_the_lead(void **state) {
    (void)state;
    static const struct {
        int from, hour_now;
        bool pacific, known;
        const char *title; /* NULL: no window */
    } row[] = {
        {14, 7, false, true, "Text Ana between 2 and 4 pm"},
        {11, 7, false, true, "Text Ana between 11 am and 1 pm"},
        {6, 7, false, true, "Text Ana before 8 am"},
        {5, 7, false, true, "Text Ana today"}, /* 5 to 7: over */
        {22, 7, false, true, "Text Ana between 10 pm and 12 am"},
        {14, 7, true, true, "Text Ana between 5 and 7 pm (2 to 4 pm their time)"},
        {14, 18, true, true, "Text Ana before 7 pm (4 pm their time)"}, /* 18:00 in New York is 15:00 there */
        {14, 19, true, true, "Text Ana today"},
        {14, 7, false, false, "Text Ana today"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct morning m;
        morning(&m, LANG_EN);
        m.in.now_us = help_time(m.zone, 11, 20, row[i].hour_now, 0);
        morning_again(&m);
        struct brief_lead l = morning_lead(&m, 1, "Ana", 60);
        morning_window(&l, row[i].from);
        if (row[i].pacific) l.zone = m.pacific;
        if (!row[i].known) l.zone = NULL;
        brief_add(m.brief, &l);
        brief_finish(m.brief);
        BUF_AUTO out;
        const struct jnode *root = parsed(&m, &out);
        assert_str(text_at(nth(root, "priority_actions", 0), "title"), row[i].title);
        bool window = str_find(str_of(row[i].title), STR("today")) < 0;
        assert_int_equal(rows(root, "windows"), window);
        if (row[i].pacific && window)
            assert_str(text_at(nth(root, "windows", 0), "zone"), "America/Los_Angeles");
        morning_done(&m);
    }
}

static void windows_are_listed_by_their_beginning(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    for (unsigned i = 0; i < 12; i++) {
        struct brief_lead l = morning_lead(&m, i + 1, "Ana", 30 + i * 5 % 12);
        morning_window(&l, 20 - (int)i);
        brief_add(m.brief, &l);
    }
    struct brief_lead cold = morning_lead(&m, 99, "Cold", 10);
    morning_window(&cold, 9);
    brief_add(m.brief, &cold);
    brief_finish(m.brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out);
    assert_int_equal(rows(root, "windows"), BRIEF_LIST);
    for (size_t i = 1; i < BRIEF_LIST; i++)
        assert_true(str_cmp(text_at(nth(root, "windows", i - 1), "from"),
                            text_at(nth(root, "windows", i), "from")) < 0);
    assert_str(text_at(nth(root, "windows", 0), "from"),
               "09:00"); /* ten of the twelve; the cold lead is left out */
    assert_lacks(buf_str(&out), "\"lead_name\":\"Cold\",\"from\"");
    morning_done(&m);
}

static void the_channel_is_one_that_is_open(void **state) {
    (void)state;
    static const struct {
        enum channel best;
        bool no_call, no_sms, no_email;
        const char *action;
    } row[] = {{CHANNEL_SMS, false, false, false, "text"},  {CHANNEL_EMAIL, false, false, false, "email"},
               {CHANNEL_CALL, false, false, false, "call"}, {CHANNEL_SMS, false, true, false, "call"},
               {CHANNEL_SMS, true, true, false, "email"},   {CHANNEL_CALL, true, false, false, "text"},
               {CHANNEL_SMS, true, true, true, "review"},   {CHANNEL_NONE, false, false, false, "call"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct morning m;
        morning(&m, LANG_EN);
        struct brief_lead l = morning_lead(&m, 1, "Ana", 60);
        l.score.channel = row[i].best;
        l.no_call = row[i].no_call;
        l.no_sms = row[i].no_sms;
        l.no_email = row[i].no_email;
        brief_add(m.brief, &l);
        brief_finish(m.brief);
        BUF_AUTO out;
        const struct jnode *a = nth(parsed(&m, &out), "priority_actions", 0);
        assert_str(text_at(a, "action"), row[i].action);
        if (strcmp(row[i].action, "review") == 0) {
            assert_false(str_given(text_at(a, "say"))); /* nothing to say where nothing may be sent */
            assert_str(text_at(a, "title"), "See what is new with Ana");
        }
        morning_done(&m);
    }
}

static void what_to_say_is_in_the_leads_language(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead l = morning_lead(&m, 1, "Ana", 0);
    morning_waits(&m, &l, US_HOUR, "hola");
    l.language = LANG_ES;
    brief_add(m.brief, &l);
    brief_finish(m.brief);
    BUF_AUTO out;
    assert_str(text_at(nth(parsed(&m, &out), "priority_actions", 0), "say"), "Hola Ana.");
    morning_again(&m);
    l = morning_lead(&m, 1, "Lead 4821", 60);
    brief_add(m.brief, &l);
    brief_finish(m.brief);
    BUF_AUTO other;
    assert_str(text_at(nth(parsed(&m, &other), "priority_actions", 0), "say"),
               "Hi, a home value?"); /* "Lead" is nobody's name */
    morning_done(&m);
}

/* ---- figures ---- */

static void figures_speak_only_when_there_are_enough(void **state) {
    (void)state;
    static const struct {
        int64_t now, before;
        bool note, fallen;
    } row[] = {{4, 5, true, false},   {5, 5, false, false},   {0, 9, true, false},   {7, 10, false, true},
               {8, 10, false, false}, {20, 10, false, false}, {30, 40, false, true}, {31, 40, false, false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct morning m;
        morning(&m, LANG_EN);
        m.perf[0] = (struct brief_perf){"messages_sent", STR("Messages sent"), row[i].now, row[i].before};
        m.in.n_perf = 1;
        morning_again(&m);
        brief_finish(m.brief);
        BUF_AUTO out;
        const struct jnode *root = parsed(&m, &out);
        struct str note = text_at(json_get(root, "performance"), "note");
        if (str_given(note) != row[i].note) fail_msg("row %zu", i);
        if ((rows(root, "strategy") == 1) != row[i].fallen) fail_msg("row %zu, advice", i);
        morning_done(&m);
    }
}

static void advice_names_its_figures(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    for (unsigned i = 0; i < 4; i++) {
        struct brief_lead l = morning_lead(&m, i + 1, "Ana", 60);
        morning_window(&l, i < 3 ? 14 : 9);
        if (i < 2) morning_waits(&m, &l, (i + 2) * US_DAY, "hi");
        brief_add(m.brief, &l);
    }
    brief_finish(m.brief);
    BUF_AUTO out;
    const struct jnode *root = parsed(&m, &out);
    assert_int_equal(rows(root, "strategy"), 3);
    assert_str(text_at(nth(root, "strategy", 0), "title"), "Answer the 2 who are waiting first");
    assert_str(text_at(nth(root, "strategy", 0), "why"), "The longest wait is 3 days.");
    assert_str(text_at(nth(root, "strategy", 1), "why"), "3 of 4 contact windows of today begin then.");
    assert_str(text_at(nth(root, "strategy", 2), "why"), "3, before that 12.");
    morning_done(&m);
}

/* ---- the text message ---- */

static void the_text_message_fits_and_keeps_its_order(void **state) {
    (void)state;
    struct prng r = prng_seed(3);
    static const char *const name[] = {"Ana Ruiz",
                                       "田中さくら",
                                       "🏠🎉",
                                       "A",
                                       "",
                                       "José María de la Cruz y Hernández-Villanueva Ortega",
                                       "{[~|^€]}{[~|^€]}{[~|^€]}",
                                       "O'Brien \xe2\x80\xae evil",
                                       "\xff\xfe",
                                       "a\nb"};
    for (int round = 0; round < 400; round++) {
        struct morning m;
        morning(&m, round % 2 ? LANG_ES : LANG_EN);
        char link[400];
        size_t n = prng_below(&r, 260);
        memset(link, 'x', n);
        link[n] = 0;
        m.in.link = prng_chance(&r, 0.8) ? str_of(link) : STR_NONE;
        morning_again(&m);
        for (unsigned i = 0; i < prng_below(&r, 8); i++) {
            struct brief_lead l = morning_lead(&m, i + 1, name[prng_below(&r, 10)], prng_unit(&r) * 100);
            if (prng_chance(&r, 0.5)) morning_window(&l, (int)prng_below(&r, 22));
            if (prng_chance(&r, 0.5))
                morning_waits(&m, &l, (int64_t)prng_below(&r, (uint64_t)(9 * US_DAY)), "x");
            if (prng_chance(&r, 0.3)) l.zone = m.pacific;
            brief_add(m.brief, &l);
        }
        brief_finish(m.brief);
        BUF_AUTO out;
        struct str text = render(m.brief, 1, &out);
        if (!gsm7_valid(text) || gsm7_septets(text) > GSM7_TWO)
            fail_msg("%zu: %.*s", gsm7_septets(text), STR_FMT(text));
        assert_true(text.n > 5);
        if (n > 0 && n <= 160 && str_given(m.in.link))
            assert_true(str_eq(str_skip(text, text.n - n), m.in.link));
        if (n > 160) assert_lacks(text, "xxxxxxxxxx"); /* left out, never cut */
        morning_done(&m);
    }
}

static void the_text_message_reads_well(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead ana = morning_lead(&m, 1, "Ana Ruiz", 72), bo = morning_lead(&m, 2, "Bo Li", 60),
                      cy = morning_lead(&m, 3, "Cy Young", 55);
    morning_waits(&m, &ana, 3 * US_HOUR, "hi");
    morning_window(&ana, 14);
    brief_add(m.brief, &ana);
    brief_add(m.brief, &bo);
    brief_add(m.brief, &cy);
    brief_finish(m.brief);
    BUF_AUTO out;
    assert_str(render(m.brief, 1, &out),
               "Ana Ruiz: text 2 to 4 pm. Waiting 3 h for an answer. Then Bo Li, Cy Young. "
               "3 hot, 0 gone quiet, 1 waiting. https://leads.example.org/");
    morning_done(&m);
}

/* ---- nothing gets out of its place ---- */

static const char *const hostile[] = {"<script>alert(1)</script>",
                                      "\"><img src=x onerror=alert(1)>",
                                      "Ana & <b>Bo</b>",
                                      "\u202egnitar",
                                      "שרה כהן",
                                      "محمد",
                                      "🏠 Home 🎉",
                                      "{{first_name}}",
                                      "%s%n%.*s",
                                      "a\r\nBcc: x@y",
                                      "\xff\xfe\xfd",
                                      "'; DROP TABLE leads; --",
                                      "&lt;",
                                      "</td></table>"};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

static size_t occurrences(struct str s, const char *what) {
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find(s, str_of(what))) >= 0; n++) s = str_skip(s, (size_t)at + 1);
    return n;
}

static void balanced(struct str html) {
    static const char *const tag[] = {"table", "tr", "td",   "div",  "a",    "h1",    "h2",   "span",
                                      "bdi",   "b",  "html", "head", "body", "style", "title"};
    for (size_t i = 0; i < sizeof tag / sizeof tag[0]; i++) {
        char open[16], bare[16], close[16];
        snprintf(open, sizeof open, "<%s ", tag[i]);
        snprintf(bare, sizeof bare, "<%s>", tag[i]);
        snprintf(close, sizeof close, "</%s>", tag[i]);
        size_t opened = occurrences(html, open) + occurrences(html, bare), closed = occurrences(html, close);
        if (opened != closed) fail_msg("<%s> %zu times opened, %zu times closed", tag[i], opened, closed);
    }
}

static void hostile_names_and_texts_stay_text(void **state) {
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++)
        for (int lang = 0; lang < 2; lang++) {
            struct morning m;
            morning(&m, (enum language)lang);
            m.in.agent_name = str_of(hostile[(i + 1) % HOSTILE]);
            m.perf[0].label = str_of(i == 3 || i == 10 ? "label" : hostile[i]);
            m.in.brokerage = str_of(hostile[i]);
            morning_again(&m);
            struct brief_lead l = morning_lead(&m, 1, hostile[i], 70);
            morning_window(&l, 14);
            morning_waits(&m, &l, US_HOUR, hostile[i]);
            brief_add(m.brief, &l);
            brief_finish(m.brief);
            BUF_AUTO json;
            parsed(&m, &json);
            for (int form = 0; form < FORMS; form++) {
                BUF_AUTO out;
                struct str got = render(m.brief, form, &out);
                if (i == 3) assert_lacks(got, "\xe2\x80\xae");
                if (form != 2) continue;
                assert_lacks(got, "<script");
                assert_lacks(got, "<img");
                assert_lacks(got, "<b>Bo");
                balanced(got);
            }
            morning_done(&m);
        }
}

static void links_only_to_addresses(void **state) {
    (void)state;
    static const struct {
        const char *url;
        bool links;
    } row[] = {{"https://a.example", true},
               {"http://127.0.0.1:8080/", true},
               {"", false},
               {"javascript:alert(1)", false},
               {"https://a\" onclick=\"x", false},
               {"https://a>b", false},
               {"/leads", false},
               {"https://a b", false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct morning m;
        morning(&m, LANG_EN);
        struct brief_lead l = morning_lead(&m, 1, "Ana", 70);
        brief_add(m.brief, &l);
        brief_finish(m.brief);
        BUF_AUTO html;
        BUF_AUTO plain;
        buf_init(&html, 1 << 20);
        buf_init(&plain, 1 << 20);
        brief_html(m.brief, str_of(row[i].url), &html);
        brief_plain(m.brief, str_of(row[i].url), &plain);
        if ((str_find(buf_str(&html), STR("href=")) >= 0) != row[i].links) fail_msg("row %zu", i);
        if ((str_find(buf_str(&plain), STR("/leads/")) >= 0) != row[i].links) fail_msg("row %zu, plain", i);
        if (row[i].links) assert_lacks(buf_str(&html), "//leads/");
        balanced(buf_str(&html));
        morning_done(&m);
    }
}

static void the_mail_stays_under_eighty_kilobytes(void **state) {
    (void)state;
    char name[300];
    memset(name, '&', sizeof name - 1); /* each is five bytes when escaped */
    name[sizeof name - 1] = 0;
    for (int lang = 0; lang < 2; lang++) {
        struct morning m;
        morning(&m, (enum language)lang);
        struct brief_perf perf[BRIEF_ROWS + 1];
        for (int i = 0; i <= BRIEF_ROWS; i++)
            perf[i] = (struct brief_perf){"x", STR("A label of usual length"), 1000000, 2000000};
        m.in.perf = perf;
        m.in.n_perf = BRIEF_ROWS + 1;
        morning_again(&m);
        struct picture p;
        picture_init(&p);
        for (unsigned i = 0; i < 10; i++) {
            struct event ev = {
                .id = help_id(i + 1), .at_us = m.in.now_us - (8 + i) * US_DAY, .kind = EV_PROPERTY_VIEW};
            picture_apply(&p, &ev, NULL);
        }
        for (unsigned i = 0; i < 40; i++) {
            struct brief_lead l = morning_lead(&m, i + 1, name, 90);
            l.zone = m.pacific;
            l.picture = &p;
            morning_window(&l, 14);
            morning_waits(&m, &l, US_HOUR, name);
            brief_add(m.brief, &l);
        }
        brief_finish(m.brief);
        BUF_AUTO html;
        BUF_AUTO json;
        struct str got = render(m.brief, 2, &html);
        if (got.n >= 80 * 1024) fail_msg("%zu bytes", got.n);
        balanced(got);
        assert_int_equal(json_get(json_get(parsed(&m, &json), "performance"), "rows")->kids.count,
                         BRIEF_ROWS);
        morning_done(&m);
    }
}

static void spanish_is_spanish_throughout(void **state) {
    (void)state;
    static const char *const english[] = {"Call ", "Text ", " today",     "Waiting",    "waiting", "hot",
                                          "leads", "Say:",  "Gone quiet", "ago",        "people",  "needs",
                                          "Open ", "score", "windows",    "their time", "times",   "twice"};
    struct morning m;
    morning(&m, LANG_ES);
    m.perf[0].label = STR("Mensajes enviados");
    m.perf[1].label = STR("Llamadas hechas");
    m.in.link = STR_NONE;
    morning_again(&m);
    struct picture p;
    picture_init(&p);
    for (unsigned i = 0; i < 5; i++) {
        struct event ev = {
            .id = help_id(i + 1), .at_us = m.in.now_us - (8 + i) * US_DAY, .kind = EV_PROPERTY_VIEW};
        picture_apply(&p, &ev, NULL);
    }
    for (unsigned i = 0; i < 6; i++) {
        struct brief_lead l = morning_lead(&m, i + 1, "Ana Ruiz", 90);
        l.language = LANG_ES;
        l.zone = i % 2 ? m.pacific : m.zone;
        if (i < 2) l.picture = &p;
        morning_window(&l, 14);
        if (i != 3) morning_waits(&m, &l, US_HOUR, "hola");
        brief_add(m.brief, &l);
    }
    brief_finish(m.brief);
    BUF_AUTO text;
    BUF_AUTO plain;
    buf_init(&text, 1 << 20);
    buf_init(&plain, 1 << 20);
    brief_text(m.brief, &text);
    brief_plain(m.brief, STR_NONE, &plain);
    for (size_t i = 0; i < sizeof english / sizeof english[0]; i++) {
        assert_lacks(buf_str(&text), english[i]);
        assert_lacks(buf_str(&plain), english[i]);
    }
    assert_has(buf_str(&plain), "5 personas por contactar, primero Ana Ruiz");
    assert_has(buf_str(&plain), "viernes, 20 de noviembre");
    assert_has(buf_str(&plain), "entre las 17:00 y las 19:00 (14:00 a 16:00 hora de esa persona)");
    morning_done(&m);
}

static void the_mail_says_nobody_twice_as_active(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead hot = morning_lead(&m, 1, "Hotspur", 90), warm = morning_lead(&m, 2, "Warmington", 30);
    brief_add(m.brief, &hot);
    brief_add(m.brief, &warm);
    brief_finish(m.brief);
    BUF_AUTO out;
    struct str html = render(m.brief, 2, &out);
    ptrdiff_t more = str_find(html, STR("More leads by behavior"));
    assert_true(more > 0);
    assert_lacks(str_skip(html, (size_t)more), "Hotspur");
    assert_has(str_skip(html, (size_t)more), "Warmington");
    morning_done(&m);
}

static void subject_is_the_headline(void **state) {
    (void)state;
    struct morning m;
    morning(&m, LANG_EN);
    struct brief_lead l = morning_lead(&m, 1, "Ana\r\nBcc: x", 70);
    l.score.channel = CHANNEL_CALL;
    brief_add(m.brief, &l);
    brief_finish(m.brief);
    assert_str(brief_subject(m.brief, &m.arena), "One person to call: Ana Bcc: x");
    morning_done(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_shape_of_the_api),
        cmocka_unit_test(no_leads_and_nothing_to_do),
        cmocka_unit_test(ten_thousand_leads_need_no_more_memory),
        cmocka_unit_test(the_order_of_leads_does_not_matter),
        cmocka_unit_test(an_action_needs_a_reason),
        cmocka_unit_test(urgent_before_waiting_before_active),
        cmocka_unit_test(waiting_ends_after_thirty_days),
        cmocka_unit_test(who_opted_out_is_nowhere),
        cmocka_unit_test(gone_quiet_by_the_leads_own_habit),
        cmocka_unit_test(what_happened_since_yesterday_is_new),
        cmocka_unit_test(windows_belong_to_today_and_to_the_lead),
        cmocka_unit_test(windows_are_listed_by_their_beginning),
        cmocka_unit_test(the_channel_is_one_that_is_open),
        cmocka_unit_test(what_to_say_is_in_the_leads_language),
        cmocka_unit_test(figures_speak_only_when_there_are_enough),
        cmocka_unit_test(advice_names_its_figures),
        cmocka_unit_test(the_text_message_fits_and_keeps_its_order),
        cmocka_unit_test(the_text_message_reads_well),
        cmocka_unit_test(hostile_names_and_texts_stay_text),
        cmocka_unit_test(links_only_to_addresses),
        cmocka_unit_test(the_mail_stays_under_eighty_kilobytes),
        cmocka_unit_test(spanish_is_spanish_throughout),
        cmocka_unit_test(the_mail_says_nobody_twice_as_active),
        cmocka_unit_test(subject_is_the_headline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
