/* Commands that do or print one thing: import, briefing, simulate. */
#include "main/command.h"

#include "flow/briefing.h"
#include "flow/import.h"
#include "flow/pipeline.h"
#include "main/files.h"
#include "sim/simulate.h"
#include "store/query.h"

#include <unistd.h>

struct only {
    struct tenant_id id;
    size_t n;
};

static int only_work(struct db *db, void *ctx, struct err *e) {
    struct only *o = ctx;
    Q_CURSOR(tenant_list, cur);
    struct q_tenant_list_out row;
    int got;
    if (q_tenant_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_tenant_list_next(&cur, &row, e)) > 0) {
        o->id = row.id;
        o->n++;
    }
    return got;
}

/* --tenant, or the only one there is. */
static int which_tenant(struct app *a, const struct args *args, struct tenant_id *out, struct err *e) {
    struct str s = args_get(args, "tenant");
    if (str_given(s))
        return id_parse(s, &out->id) ? 0 : err_set(e, ERR_INVALID, "tenant", "must be a tenant's id");
    struct only o = {0};
    if (store_read(a->store, only_work, &o, e)) return -1;
    if (o.n != 1) return err_set(e, ERR_INVALID, "tenant", "is required: there are %zu tenants", o.n);
    *out = o.id;
    return 0;
}

static void show_progress(void *ctx, int64_t done, int64_t total) {
    (void)ctx;
    if (!isatty(STDERR_FILENO)) return;
    fprintf(stderr, "\r%3d %%  %lld of %lld rows", total ? (int)(100 * done / total) : 100, (long long)done,
            (long long)total);
    if (done == total) fputc('\n', stderr);
}

static int import_file(struct app *a, const struct args *args, struct str file, struct import_options *o,
                       struct err *e) {
    struct tenant_id id;
    const struct tenant *t;
    struct import_report *r = calloc(1, sizeof *r);
    if (!r) return err_set(e, ERR_INTERNAL, "", "out of memory");
    int rc = which_tenant(a, args, &id, e) || tenant_by_id(&a->flow, NULL, id, &t, e) ||
                     import_csv(&a->flow, t, o, file, r, e)
                 ? -1
                 : 0;
    size_t handled = PIPELINE_BATCH;
    while (rc == 0 && !o->dry_run && handled == PIPELINE_BATCH) rc = pipeline_drain(&a->flow, &handled, e);
    if (rc == 0) {
        BUF_AUTO b;
        buf_init(&b, 16 * 1024 * 1024);
        if (args_flag(args, "json")) {
            import_report_json(r, &b);
            buf_c(&b, '\n');
        } else {
            import_report_text(r, &b);
        }
        print(&b);
    }
    free(r);
    return rc;
}

int cmd_import(const struct args *args, struct err *e) {
    if (args->n_words != 2)
        return err_set(e, ERR_INVALID, "import",
                       "say what and from where: import leads FILE, import events FILE");
    struct import_options o = {.dry_run = args_flag(args, "dry-run"), .progress = show_progress};
    if (str_is(str_of(args->word[0]), "leads"))
        o.kind = IMPORT_LEADS;
    else if (str_is(str_of(args->word[0]), "events"))
        o.kind = IMPORT_EVENTS;
    else
        return err_set(e, ERR_INVALID, args->word[0], "must be leads or events");
    BUF_AUTO file;
    buf_init(&file, (size_t)1024 * 1024 * 1024);
    struct app a;
    if (file_read(args->word[1], &file, e) || app_open(&a, APP_COMMAND, e)) return -1;
    int rc = import_file(&a, args, buf_str(&file), &o, e);
    app_close(&a);
    return rc;
}

static int form_of(struct str s, enum briefing_form *out, struct err *e) {
    static const char *const names[] = {[BRIEFING_JSON] = "json",
                                        [BRIEFING_TEXT] = "text",
                                        [BRIEFING_HTML] = "html",
                                        [BRIEFING_PLAIN] = "plain"};
    *out = BRIEFING_TEXT;
    if (!str_given(s)) return 0;
    for (int i = 0; i < 4; i++)
        if (str_is(s, names[i])) {
            *out = (enum briefing_form)i;
            return 0;
        }
    return err_set(e, ERR_INVALID, "as", "must be text, html, plain or json");
}

int cmd_briefing(const struct args *args, struct err *e) {
    struct id agent;
    struct date date;
    enum briefing_form form;
    struct str date_text = args_get(args, "date");
    if (args->n_words != 1 || !id_parse(str_of(args->word[0]), &agent))
        return err_set(e, ERR_INVALID, "AGENT", "must be an agent's id");
    if (form_of(args_get(args, "as"), &form, e)) return -1;
    if (str_given(date_text) && date_parse(date_text, &date, NULL))
        return err_set(e, ERR_INVALID, "date", "must be a date like 2026-11-20");
    struct app a;
    struct tenant_id t;
    BUF_AUTO b;
    buf_init(&b, 1024 * 1024);
    if (app_open(&a, APP_COMMAND, e)) return -1;
    int rc = which_tenant(&a, args, &t, e);
    if (rc == 0) rc = briefing_render(&a.flow, t, agent, str_given(date_text) ? &date : NULL, form, &b, e);
    if (rc == 0) {
        buf_c(&b, '\n');
        print(&b);
    }
    app_close(&a);
    return rc;
}

int cmd_simulate(const struct args *args, struct err *e) {
    struct simulate_options o = {0};
    int64_t tenants, leads, days, seed;
    struct str faults = args_get(args, "faults"), out = args_get(args, "out");
    if (args_i64(args, "tenants", 1, 1, 1000, &tenants, e) ||
        args_i64(args, "leads", 50, 1, 100000, &leads, e) || args_i64(args, "days", 30, 1, 3660, &days, e) ||
        args_i64(args, "seed", 1, 0, INT64_MAX, &seed, e))
        return -1;
    if (!str_given(faults)) faults = STR("all");
    if (!simulate_faults_parse(faults, &o.faults))
        return err_set(e, ERR_INVALID, "faults", "must be none, some or all");
    struct lexicon *lexicon;
    if (builtin_lexicon(&lexicon, e)) return -1;
    o.tenants = (int)tenants;
    o.leads = (int)leads;
    o.days = (int)days;
    o.seed = (uint64_t)seed;
    o.out_dir = str_given(out) ? out.p : NULL;
    o.lexicon = lexicon;
    o.template_text = builtin_template;
    o.version = LEADLIGHT_VERSION;
    struct simulate_result r = {0};
    int rc = simulate(&o, &r, e);
    BUF_AUTO b;
    buf_init(&b, 1024 * 1024);
    if (args_flag(args, "json"))
        simulate_result_json(&r, &b);
    else
        simulate_result_text(&r, &b);
    print(&b);
    lexicon_free(lexicon);
    return rc;
}
