/* Columns by their headings, cells by their kind. See import_map.h.
 *
 * What a lead's row says about the person holds as of its "updated" column, else as of the import: who corrects a
 * file and imports it again means the correction. "created" is told as an event of its own at that time, with the
 * name and source only. Do-not-disturb columns set flags that the CRM may clear again; "opt out" is the person's
 * own word and final. "No" in either says nothing: an import brings nobody back (decode_api.c). (IN-4, SEND-3) */
#include "flow/import_map.h"

#include "base/utf8.h"
#include "crypto/sign.h"
#include "flow/decode_in.h"

#include <assert.h>

enum target { /* after the contact fields */
              T_LAST_NAME = CONTACT_FIELDS,
              T_OPT_OUT,
              T_CREATED,
              T_UPDATED,
              T_CONTACT_ID,
              T_LEAD_ID,
              T_VISITOR,
              T_ID,
              T_KIND,
              T_AT,
              T_TEXT,
              T_SUBJECT,
              T_REF,
              T_STATUS,
              T_STAGE,
              T_URL,
              T_CHANNEL,
              T_VALUE,
              T_SECONDS,
              T_WHEN,
              TARGETS,
              T_NONE = 255
};
enum { LEADS = 1, EVENTS = 2, BOTH = 3 };

/* Headings without case, accents, spaces and signs. */
static const struct {
    uint8_t target, of;
    const char *headings;
} synonyms[] = {
    {CF_NAME, LEADS, "name|fullname|contactname|leadname|nombrecompleto"},
    {CF_FIRST_NAME, LEADS, "firstname|first|givenname|nombre"},
    {T_LAST_NAME, LEADS, "lastname|last|surname|familyname|apellido|apellidos"},
    {CF_PHONE, BOTH,
     "phone|phonenumber|mobile|mobilephone|cell|cellphone|telephone|primaryphone|telefono|celular|movil"},
    {CF_EMAIL, BOTH, "email|emailaddress|mail|primaryemail|correo|correoelectronico"},
    {CF_ADDRESS, LEADS, "address|address1|streetaddress|street|addressline1|direccion"},
    {CF_CITY, LEADS, "city|town|ciudad"},
    {CF_STATE, LEADS, "state|province|region|stateprovince|estado"},
    {CF_ZIP, LEADS, "zip|zipcode|postalcode|postcode|codigopostal"},
    {CF_COUNTRY, LEADS, "country|pais"},
    {CF_ZONE, LEADS, "zone|timezone|tz|zonahoraria"},
    {CF_TAGS, LEADS, "tags|tag|labels|etiquetas"},
    {CF_SOURCE, LEADS, "source|leadsource|contactsource|origen|fuente"},
    {CF_ASSIGNED_TO, LEADS,
     "assignedto|agent|owner|assigneduser|assigneduserid|contactowner|agente|asignadoa"},
    {CF_LANGUAGE, LEADS, "language|preferredlanguage|lang|idioma"},
    {CF_DND, LEADS, "dnd|donotdisturb|nomolestar"},
    {CF_DND_SMS, LEADS, "dndsms|smsdnd|donottext"},
    {CF_DND_EMAIL, LEADS, "dndemail|emaildnd|donotemail"},
    {CF_DND_CALL, LEADS, "dndcall|calldnd|donotcall|dnc"},
    {T_OPT_OUT, LEADS, "optout|optedout|unsubscribed|donotcontact|baja"},
    {T_CREATED, LEADS,
     "created|createdat|createdon|createddate|datecreated|dateadded|creado|fechadecreacion"},
    {T_UPDATED, LEADS, "updated|updatedat|lastupdated|dateupdated|modified|lastmodified|actualizado"},
    {T_CONTACT_ID, BOTH, "contactid|crmid|crmcontactid|ghlcontactid|highlevelid"},
    {T_LEAD_ID, EVENTS, "leadid"},
    {T_VISITOR, EVENTS, "visitor|visitorid"},
    {T_ID, EVENTS, "id|eventid|externalid"},
    {T_KIND, EVENTS, "kind|event|eventtype|type|activity|tipo|evento"},
    {T_AT, EVENTS, "at|time|timestamp|date|datetime|occurredat|fecha|hora"},
    {T_TEXT, EVENTS, "text|message|body|content|texto|mensaje"},
    {T_SUBJECT, EVENTS, "subject|title|asunto"},
    {T_REF, EVENTS, "ref|reference|listing|listingid|propertyid|referencia"},
    {T_STATUS, EVENTS, "status|estado"},
    {T_STAGE, EVENTS, "stage|etapa"},
    {T_URL, EVENTS, "url|page|link|pagina|enlace"},
    {T_CHANNEL, EVENTS, "channel|canal"},
    {T_VALUE, EVENTS, "value|amount|price|valor|importe|precio"},
    {T_SECONDS, EVENTS, "seconds|duration|dwell|dwellseconds|segundos|duracion"},
    {T_WHEN, EVENTS, "when|appointment|due|duedate|starttime|cita"},
};

/* The member of the item that a cell ends up in, to find the column from an error of the check. */
static const char *member_name(uint8_t target) {
    static const char *const names[TARGETS - CONTACT_FIELDS] = {
        [T_CONTACT_ID - CONTACT_FIELDS] = "contact_id",
        [T_LEAD_ID - CONTACT_FIELDS] = "lead_id",
        [T_VISITOR - CONTACT_FIELDS] = "visitor",
        [T_ID - CONTACT_FIELDS] = "id",
        [T_KIND - CONTACT_FIELDS] = "kind",
        [T_AT - CONTACT_FIELDS] = "at",
        [T_UPDATED - CONTACT_FIELDS] = "at",
        [T_TEXT - CONTACT_FIELDS] = "text",
        [T_SUBJECT - CONTACT_FIELDS] = "subject",
        [T_REF - CONTACT_FIELDS] = "ref",
        [T_STATUS - CONTACT_FIELDS] = "status",
        [T_STAGE - CONTACT_FIELDS] = "stage",
        [T_URL - CONTACT_FIELDS] = "url",
        [T_CHANNEL - CONTACT_FIELDS] = "channel",
        [T_VALUE - CONTACT_FIELDS] = "value",
        [T_SECONDS - CONTACT_FIELDS] = "seconds",
        [T_WHEN - CONTACT_FIELDS] = "when",
    };
    if (target < CONTACT_FIELDS) return contact_field_name((enum contact_field)target);
    return names[target - CONTACT_FIELDS];
}

/* ---- headings ---- */

static struct str bare_heading(struct arena *a, struct str heading) {
    BUF_AUTO folded;
    buf_init(&folded, 4 * CSV_MAX_CELL);
    utf8_fold(&folded, heading);
    size_t n = 0;
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) folded.p[n++] = c;
    }
    return arena_str(a, str_head(buf_str(&folded), n));
}

static uint8_t target_of(struct str bare, enum import_kind kind) {
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++) {
        if (!(synonyms[i].of & (kind == IMPORT_LEADS ? LEADS : EVENTS))) continue;
        struct str rest = str_of(synonyms[i].headings), one;
        while (str_cut(&rest, '|', &one))
            if (str_eq(one, bare)) return synonyms[i].target;
    }
    return T_NONE;
}

static bool has(const struct import_map *m, uint8_t target) {
    for (size_t i = 0; i < m->n; i++)
        if (m->column[i].target == target) return true;
    return false;
}

int import_map_head(struct import_map *m, enum import_kind kind, const struct zone *zone,
                    const struct csv_row *head, struct arena *a, struct err *e) {
    *m = (struct import_map){.kind = kind, .zone = zone, .n = head->n};
    for (size_t i = 0; i < head->n; i++) {
        m->column[i].heading = head->cells[i];
        m->column[i].target = target_of(bare_heading(a, head->cells[i]), kind);
    }
    if (arena_check(a, "headings", e)) return -1;
    bool who = has(m, CF_PHONE) || has(m, CF_EMAIL) || has(m, T_CONTACT_ID) || has(m, T_LEAD_ID) ||
               has(m, T_VISITOR);
    if (!who)
        return err_set(e, ERR_INVALID, "row 1",
                       "no column says who it is: needs one of email, phone, contact_id");
    if (kind == IMPORT_EVENTS && (!has(m, T_KIND) || !has(m, T_AT)))
        return err_set(e, ERR_INVALID, "row 1", "events need the columns kind and at");
    return 0;
}

bool import_map_uses(const struct import_map *m, size_t column) {
    return m->column[column].target != T_NONE;
}

/* ---- cells ---- */

struct cells { /* of one row, by target */
    const struct import_map *map;
    struct str v[TARGETS]; /* trimmed; empty: nothing */
    size_t column[TARGETS];
};

static int bad_column(const struct cells *c, uint8_t target, const char *what, struct err *e) {
    char where[64];
    struct str h = utf8_head(c->map->column[c->column[target]].heading, sizeof where - 1);
    snprintf(where, sizeof where, "%.*s", STR_FMT(h));
    return err_set(e, ERR_INVALID, where, "%s", what);
}

static bool says_nothing(struct str s) {
    static const char *const words[] = {"n/a", "na", "null", "none", "-", "--", "#n/a", "undefined"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_ci(s, str_of(words[i]))) return true;
    return s.n == 0;
}

static void take_cells(const struct import_map *m, const struct csv_row *row, struct cells *out) {
    *out = (struct cells){.map = m};
    for (size_t i = m->n; i-- > 0;) /* where to point when the cell that is missing should be */
        if (m->column[i].target != T_NONE) out->column[m->column[i].target] = i;
    for (size_t i = 0; i < row->n && i < m->n; i++) {
        uint8_t t = m->column[i].target;
        struct str s = str_trim(row->cells[i]);
        if (t == T_NONE || out->v[t].n || says_nothing(s))
            continue; /* of two columns the first that speaks */
        out->v[t] = s;
        out->column[t] = i;
    }
}

/* 1, 0, or -1 with *e set. */
static int flag_of(const struct cells *c, uint8_t target, struct err *e) {
    static const char *const yes[] = {"yes", "y", "true", "1", "x", "si", "s\xc3\xad", "active", "permanent"};
    static const char *const no[] = {"no", "n", "false", "0", "inactive", "off"};
    struct str s = c->v[target];
    if (!s.n) return 0;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (str_eq_ci(s, str_of(yes[i]))) return 1;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (str_eq_ci(s, str_of(no[i]))) return 0;
    return bad_column(c, target, "must be yes or no", e);
}

static int time_of(const struct cells *c, uint8_t target, int64_t *out_us, struct err *e) {
    struct err why = {0};
    *out_us = 0;
    if (!c->v[target].n || import_time(c->v[target], c->map->zone, out_us, &why) == 0) return 0;
    return bad_column(c, target, why.msg, e);
}

/* "$450,000.50" */
static int money_of(const struct cells *c, double *out, struct err *e) {
    char plain[64];
    size_t n = 0;
    struct str s = c->v[T_VALUE];
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '$' || s.p[i] == ',' || s.p[i] == ' ') continue;
        if (n == sizeof plain) return bad_column(c, T_VALUE, "must be a number", e);
        plain[n++] = s.p[i];
    }
    return str_to_double((struct str){plain, n}, out) ? 0 : bad_column(c, T_VALUE, "must be a number", e);
}

static bool kind_of(struct str s, enum event_kind *out) {
    char name[64];
    if (s.n >= sizeof name) return false;
    for (size_t i = 0; i < s.n; i++)
        name[i] = (char)(s.p[i] == ' ' || s.p[i] == '-'   ? '_'
                         : s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32
                                                          : s.p[i]);
    if (event_kind_parse((struct str){name, s.n}, out)) return true;
    for (int k = 0; k < EVENT_KINDS; k++) { /* or as our own pages call it */
        *out = (enum event_kind)k;
        if (str_eq_ci(s, str_of(event_label(*out, LANG_EN))) ||
            str_eq_ci(s, str_of(event_label(*out, LANG_ES))))
            return true;
    }
    return false;
}

/* ---- items ---- */

static void put(struct jw *w, const char *key, struct str s) {
    if (s.n) jw_kstr(w, key, s);
}

static void put_time(struct jw *w, const char *key, int64_t us) {
    if (!us) return;
    BUF_AUTO b;
    buf_init(&b, 64);
    rfc3339_add(&b, us, 6);
    jw_kstr(w, key, buf_str(&b));
}

static void put_who(struct jw *w, const struct cells *c) {
    put(w, "contact_id", c->v[T_CONTACT_ID]);
    put(w, "lead_id", c->v[T_LEAD_ID]);
    put(w, "email", c->v[CF_EMAIL]);
    put(w, "phone", c->v[CF_PHONE]);
    put(w, "visitor", c->v[T_VISITOR]);
}

static struct str name_of(const struct cells *c, struct arena *a) {
    if (c->v[CF_NAME].n) return c->v[CF_NAME];
    struct str first = c->v[CF_FIRST_NAME], last = c->v[T_LAST_NAME];
    if (!first.n || !last.n) return first.n ? first : last;
    return arena_fmt(a, "%.*s %.*s", STR_FMT(first), STR_FMT(last));
}

static int put_facts(struct jw *w, const struct cells *c, struct arena *a, struct err *e) {
    jw_key(w, "contact");
    jw_object(w);
    put(w, contact_field_name(CF_NAME), name_of(c, a));
    for (uint8_t f = CF_FIRST_NAME; f < CONTACT_FIELDS; f++) {
        bool flag = f >= CF_DND && f <= CF_DND_CALL;
        int set = flag ? flag_of(c, f, e) : 0;
        if (set < 0) return -1;
        if (!flag)
            put(w, contact_field_name((enum contact_field)f), c->v[f]);
        else if (set)
            jw_kz(w, contact_field_name((enum contact_field)f), "1");
    }
    jw_end(w);
    return 0;
}

static int lead_item(const struct cells *c, struct arena *a, struct buf *out, struct err *e) {
    int64_t updated;
    int stop = flag_of(c, T_OPT_OUT, e);
    if (stop < 0 || time_of(c, T_UPDATED, &updated, e)) return -1;
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kz(&w, "kind", event_name(EV_CONTACT));
    put_time(&w, "at", updated);
    put_who(&w, c);
    if (stop) jw_kbool(&w, "opt_out", true);
    if (put_facts(&w, c, a, e)) return -1;
    jw_end(&w);
    return 0;
}

/* That the lead came into being, and from where. */
static void created_item(const struct cells *c, int64_t created, struct arena *a, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kz(&w, "kind", event_name(EV_CONTACT));
    put_time(&w, "at", created);
    put_who(&w, c);
    jw_kz(&w, "status", "created");
    jw_key(&w, "contact");
    jw_object(&w);
    put(&w, contact_field_name(CF_NAME), name_of(c, a));
    put(&w, contact_field_name(CF_SOURCE), c->v[CF_SOURCE]);
    jw_end(&w);
    jw_end(&w);
}

static int event_item(const struct cells *c, struct buf *out, struct err *e) {
    static const uint8_t texts[] = {T_ID, T_TEXT, T_SUBJECT, T_REF, T_STATUS, T_STAGE, T_URL};
    int64_t at, when, seconds = 0;
    double value = 0;
    enum event_kind kind;
    if (!kind_of(c->v[T_KIND], &kind)) return bad_column(c, T_KIND, "is no kind of event", e);
    if (!c->v[T_AT].n) return bad_column(c, T_AT, "is required", e);
    if (time_of(c, T_AT, &at, e) || time_of(c, T_WHEN, &when, e)) return -1;
    if (c->v[T_VALUE].n && money_of(c, &value, e)) return -1;
    if (c->v[T_SECONDS].n && !str_to_i64(c->v[T_SECONDS], &seconds))
        return bad_column(c, T_SECONDS, "must be a whole number", e);
    char channel[16];
    struct str ch = c->v[T_CHANNEL];
    if (!str_to_z(ch, channel, sizeof channel)) return bad_column(c, T_CHANNEL, "is no channel", e);
    for (size_t i = 0; i < ch.n; i++)
        if (channel[i] >= 'A' && channel[i] <= 'Z') channel[i] = (char)(channel[i] + 32);
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kz(&w, "kind", event_name(kind));
    put_time(&w, "at", at);
    put_who(&w, c);
    put(&w, "channel", str_of(channel));
    for (size_t i = 0; i < sizeof texts; i++) put(&w, member_name(texts[i]), c->v[texts[i]]);
    if (c->v[T_VALUE].n) jw_kreal(&w, "value", value);
    if (c->v[T_SECONDS].n) jw_ki64(&w, "seconds", seconds);
    put_time(&w, "when", when);
    jw_end(&w);
    return 0;
}

/* The check speaks of members, the reader of the report knows columns. */
static int in_columns(const struct cells *c, const struct err *why, struct err *e) {
    const char *slash = strrchr(why->where, '/');
    struct str member = str_of(slash ? slash + 1 : why->where);
    for (uint8_t t = 0; t < TARGETS; t++) {
        const char *name = member_name(t);
        if (name && str_is(member, name) && c->v[t].n) return bad_column(c, t, why->msg, e);
    }
    return err_set(e, ERR_INVALID, "", "%s", why->msg);
}

static struct str hash_of(struct arena *a, struct str body) {
    uint8_t hash[32];
    BUF_AUTO hex;
    buf_init(&hex, 64);
    sha256(body, hash);
    buf_hex(&hex, hash, sizeof hash);
    return arena_str(a, buf_str(&hex));
}

static int finish(const struct cells *c, const struct buf *body, int64_t now_us, struct arena *a,
                  struct import_item *out, struct err *e) {
    const struct jnode *item;
    struct err why = {0};
    if (buf_check(body, "row", e)) return -1;
    struct str text = buf_str(body), id = hash_of(a, text);
    if (json_parse(a, text, WEBHOOK_MAX_BYTES, &item, &why) ||
        decode_api_check(a, item, now_us, &(struct str){0}, &why))
        return in_columns(c, &why, e);
    out->kind = arena_str(a, json_get(item, "kind")->s);
    out->body = arena_str(a, text);
    out->external_id = c->v[T_ID].n ? arena_fmt(a, "id:%.*s", STR_FMT(c->v[T_ID])) : id;
    return arena_check(a, "row", e);
}

int import_map_row(const struct import_map *m, const struct csv_row *row, int64_t now_us, struct arena *a,
                   struct import_item out[IMPORT_ITEMS], size_t *out_n, struct err *e) {
    struct cells c;
    int64_t created = 0;
    BUF_AUTO b;
    buf_init(&b, WEBHOOK_MAX_BYTES);
    if (row->n > m->n) return err_set(e, ERR_INVALID, "", "has %zu cells for %zu columns", row->n, m->n);
    take_cells(m, row, &c);
    bool leads = m->kind == IMPORT_LEADS;
    if (leads && time_of(&c, T_CREATED, &created, e)) return -1;
    if (leads ? lead_item(&c, a, &b, e) : event_item(&c, &b, e)) return -1;
    if (finish(&c, &b, now_us, a, &out[0], e)) return -1;
    *out_n = 1;
    if (!created) return 0;
    if (created > now_us) return bad_column(&c, T_CREATED, "lies in the future", e);
    buf_clear(&b);
    created_item(&c, created, a, &b);
    if (finish(&c, &b, now_us, a, &out[1], e)) return -1;
    *out_n = 2;
    return 0;
}
