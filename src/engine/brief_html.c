/* The briefing as an HTML mail. See brief.h.
 *
 * Mail programs are browsers of many ages: tables carry the layout, every style stands at its element, and
 * what only newer ones know (dark mode, narrow screens) is added in one <style> block that older ones drop
 * without harm. No images and no scripts: the mark is four table cells. Every text from
 * outside goes through add(), which escapes; names stand in <bdi>, so that a name written from right to
 * left does not turn the sentence around it. The colours are the dashboard's (web/src/styles/tokens.css),
 * contrast at least 4.5 to 1 in both modes. (BRIEF-3, UI: mail) */
#include <math.h>

#include "engine/brief_impl.h"

#define FONT "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;"

struct page {
    const struct brief *b;
    struct buf *out;
    struct str base_url; /* STR_NONE: no links */
    bool es;
};

/* "4 pm" stays on one line. */
static bool hour_space(struct str s, size_t i) {
    if (s.p[i] != ' ' || i == 0 || i + 2 >= s.n || s.p[i - 1] < '0' || s.p[i - 1] > '9') return false;
    return (s.p[i + 1] == 'a' || s.p[i + 1] == 'p') && s.p[i + 2] == 'm';
}

static void add(struct buf *out, struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (hour_space(s, i)) {
            buf_z(out, "&nbsp;");
            continue;
        }
        if (c == '&')
            buf_z(out, "&amp;");
        else if (c == '<')
            buf_z(out, "&lt;");
        else if (c == '>')
            buf_z(out, "&gt;");
        else if (c == '"')
            buf_z(out, "&quot;");
        else
            buf_c(out, c);
    }
}

static const char *pick(const struct page *p, const char *en, const char *es) {
    return p->es ? es : en;
}

/* A sentence that holds a name: the name is set apart from the direction of what surrounds it. */
static void add_with_name(struct buf *out, struct str s, struct str name) {
    ptrdiff_t at = name.n ? str_find(s, name) : -1;
    if (at < 0) return add(out, s);
    add(out, str_head(s, (size_t)at));
    buf_z(out, "<bdi>");
    add(out, name);
    buf_z(out, "</bdi>");
    add(out, str_skip(s, (size_t)at + name.n));
}

/* A reason, in which the lead's own words may stand between quotation marks. */
static void add_why(struct buf *out, struct str s) {
    const char *from = s.n ? memchr(s.p, '"', s.n) : NULL, *to = s.n ? memrchr(s.p, '"', s.n) : NULL;
    if (!from || from == to) return add(out, s);
    add(out, str_head(s, (size_t)(from + 1 - s.p)));
    buf_z(out, "<bdi>");
    add(out, (struct str){from + 1, (size_t)(to - from - 1)});
    buf_z(out, "</bdi>");
    add(out, str_skip(s, (size_t)(to - s.p)));
}

static void add_name(const struct page *p, const struct brief_lead *l) {
    if (str_given(p->base_url)) {
        buf_z(p->out,
              "<a class=\"link\" style=\"color:#9a4f07;text-decoration:none;font-weight:600\" href=\"");
        brief_lead_url(p->base_url, l->lead, p->out);
        buf_z(p->out, "\">");
    } else {
        buf_z(p->out, "<b>");
    }
    buf_z(p->out, "<bdi>");
    add(p->out, l->name);
    buf_z(p->out, str_given(p->base_url) ? "</bdi></a>" : "</bdi></b>");
}

/* ---- frame ---- */

static void head(const struct page *p) {
    buf_fmt(p->out, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">\n",
            pick(p, "en", "es"));
    buf_z(p->out, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" "
                  "content=\"light dark\">\n"
                  "<meta name=\"format-detection\" content=\"telephone=no,date=no,address=no\">\n<title>");
    add(p->out, p->b->headline);
    buf_z(p->out,
          "</title>\n<style>\n:root{color-scheme:light dark}\n"
          "@media "
          "(max-width:620px){.wrap{width:100%!important}.pad{padding-left:16px!important;padding-right:16px!"
          "important}"
          ".btn{display:block!important;text-align:center!important}.out{padding:0!important}.card{border-"
          "radius:0!important}}\n"
          "@media "
          "(prefers-color-scheme:dark){.ground{background:#1a1714!important}.card{background:#24201c!"
          "important;border-color:#3b352e!important}"
          ".sunken{background:#2e2924!important}.text{color:#f1ebe3!important}.quiet{color:#b8aea2!important}"
          ".link{color:#f2b04c!important}.btn{background:#f2b04c!important;color:#241803!important}"
          ".line{border-color:#3b352e!important}.pane{background:#75695c!important}.lit{background:#f2a93b!"
          "important}}\n"
          "</style></head>\n");
}

/* What a mailbox shows behind the subject: the first action, then filler so that nothing else follows. */
static void preheader(const struct page *p) {
    buf_z(p->out, "<div style=\"display:none;max-height:0;overflow:hidden;opacity:0\">");
    if (p->b->n_actions) {
        add(p->out, p->b->action[0].title);
        buf_z(p->out, ". ");
        add_why(p->out, p->b->action[0].why);
        buf_c(p->out, '.');
    } else {
        buf_fmt(
            p->out,
            pick(p, "%lld leads, %lld hot, %lld waiting.", "%lld contactos, %lld muy activos, %lld esperan."),
            (long long)p->b->count.leads, (long long)p->b->count.hot, (long long)p->b->count.waiting);
    }
    for (int i = 0; i < 60; i++) buf_z(p->out, "&#847;&zwnj;&nbsp;");
    buf_z(p->out, "</div>\n");
}

/* The mark: a window of four panes, one lit. */
static void mark(const struct page *p) {
    static const char cell[] =
        "<td class=\"%s\" "
        "style=\"width:9px;height:9px;line-height:9px;font-size:1px;background:%s\">&nbsp;</td>";
    buf_z(p->out, "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"2\" "
                  "style=\"border-collapse:separate;border-spacing:2px\"><tr>");
    buf_fmt(p->out, cell, "pane", "#75695c");
    buf_fmt(p->out, cell, "lit", "#f0a02a");
    buf_z(p->out, "</tr><tr>");
    buf_fmt(p->out, cell, "pane", "#75695c");
    buf_fmt(p->out, cell, "pane", "#75695c");
    buf_z(p->out, "</tr></table>");
}

static void section(const struct page *p, const char *title) {
    buf_fmt(p->out,
            "<tr><td class=\"pad\" style=\"padding:24px 28px 4px\"><h2 class=\"text\" style=\"margin:0;" FONT
            "font-size:16px;line-height:24px;font-weight:600;color:#26211c\">%s</h2></td></tr>\n",
            title);
}

static void row_open(const struct page *p) {
    buf_z(p->out, "<tr><td class=\"pad\" style=\"padding:0 28px\"><table role=\"presentation\" "
                  "width=\"100%\" cellpadding=\"0\" cellspacing=\"0\">"
                  "<tr><td class=\"text line\" style=\"padding:8px 0;border-bottom:1px solid #e5dfd6;" FONT
                  "font-size:15px;line-height:22px;color:#26211c\">");
}

static void row_close(const struct page *p) {
    buf_z(p->out, "</td></tr></table></td></tr>\n");
}

static void quiet_open(const struct page *p) {
    buf_z(p->out, "<div class=\"quiet\" style=\"font-size:14px;line-height:20px;color:#6a6158\">");
}

/* ---- top ---- */

static void count_cell(const struct page *p, int64_t n, const char *label) {
    buf_fmt(p->out,
            "<td width=\"25%%\" style=\"padding:12px 4px;text-align:center;" FONT
            "\"><div class=\"text\" style=\"font-size:22px;"
            "line-height:28px;font-weight:600;color:#26211c\">%lld</div><div class=\"quiet\" "
            "style=\"font-size:13px;line-height:18px;color:#6a6158\">%s</div></td>",
            (long long)n, label);
}

static void top(const struct page *p) {
    const struct brief *b = p->b;
    buf_z(p->out, "<tr><td class=\"pad\" style=\"padding:24px 28px 0\"><table role=\"presentation\" "
                  "width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td width=\"34\">");
    mark(p);
    buf_z(p->out,
          "</td><td class=\"quiet\" style=\"" FONT "font-size:14px;line-height:20px;color:#6a6158\">");
    BUF_AUTO date;
    buf_init(&date, 128);
    brief_date_words(b, &date);
    words_capital(&date, 0);
    add(p->out, buf_str(&date));
    if (b->in.agent_name.n) {
        buf_z(p->out, pick(p, ", for ", ", para "));
        add(p->out, b->in.agent_name);
    }
    buf_z(p->out, "</td></tr></table><h1 class=\"text\" style=\"margin:16px 0 0;" FONT
                  "font-size:24px;line-height:32px;font-weight:600;color:#26211c\">");
    add_with_name(p->out, b->headline, b->n_actions ? b->action[0].lead.name : STR_NONE);
    buf_z(p->out, "</h1></td></tr>\n<tr><td class=\"pad\" style=\"padding:16px 28px 0\"><table "
                  "role=\"presentation\" width=\"100%\" "
                  "cellpadding=\"0\" cellspacing=\"0\" class=\"sunken\" "
                  "style=\"background:#f2eee8;border-radius:10px\"><tr>");
    count_cell(p, b->count.leads,
               b->count.leads == 1 ? pick(p, "lead", "contacto") : pick(p, "leads", "contactos"));
    count_cell(p, b->count.hot, pick(p, "hot", "muy activos"));
    count_cell(p, b->count.waiting, pick(p, "waiting", b->count.waiting == 1 ? "espera" : "esperan"));
    count_cell(p, b->count.at_risk, pick(p, "gone quiet", "han callado"));
    buf_z(p->out, "</tr></table></td></tr>\n");
}

/* ---- actions ---- */

static void say(const struct page *p, const struct brief_action *x) {
    if (!x->say.n) return;
    buf_fmt(p->out,
            "<div class=\"sunken text\" dir=\"auto\" style=\"margin-top:10px;padding:10px "
            "12px;background:#f2eee8;border-radius:8px;" FONT
            "font-size:15px;line-height:22px;color:#26211c\"><span class=\"quiet\" "
            "style=\"color:#6a6158\">%s</span> ",
            pick(p, "Say:", "Decir:"));
    add(p->out, x->say);
    buf_z(p->out, "</div>");
}

static void button(const struct page *p, const struct brief_action *x) {
    if (!str_given(p->base_url)) return;
    buf_z(p->out, "<div style=\"margin-top:12px\"><a class=\"btn\" style=\"display:inline-block;padding:11px "
                  "18px;background:#9a4f07;color:#ffffff;"
                  "border-radius:8px;" FONT
                  "font-size:15px;line-height:22px;font-weight:600;text-decoration:none\" href=\"");
    brief_lead_url(p->base_url, x->lead.lead, p->out);
    buf_z(p->out, "\">");
    add_with_name(p->out, brief_button(p->b, x), x->lead.name);
    buf_z(p->out, "</a></div>");
}

static void action(const struct page *p, size_t i) {
    const struct brief_action *x = &p->b->action[i];
    buf_fmt(p->out,
            "<tr><td class=\"pad\" style=\"padding:16px 28px 0\"><table role=\"presentation\" "
            "width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\">"
            "<tr><td class=\"line\" style=\"padding:0 0 16px;border-bottom:1px solid #e5dfd6\">"
            "<div class=\"text\" style=\"" FONT
            "font-size:17px;line-height:24px;font-weight:600;color:#26211c\">%zu. ",
            i + 1);
    add_with_name(p->out, x->title, x->lead.name);
    buf_z(p->out, "</div><div class=\"text\" dir=\"auto\" style=\"margin-top:4px;" FONT
                  "font-size:15px;line-height:22px;color:#26211c\">");
    add_why(p->out, x->why);
    buf_fmt(p->out,
            ".</div><div class=\"quiet\" style=\"margin-top:4px;" FONT
            "font-size:13px;line-height:18px;color:#6a6158\">%s %d/100",
            pick(p, "Behavior score", "Índice de comportamiento"),
            (int)lround(fmax(0, x->lead.score.likelihood)));
    if (x->lead.score.confidence < 0.3)
        buf_fmt(p->out, pick(p, ", from little data (%u signals)", ", con pocos datos (%u señales)"),
                x->lead.score.signals);
    buf_z(p->out, "</div>");
    say(p, x);
    button(p, x);
    buf_z(p->out, "</td></tr></table></td></tr>\n");
}

/* ---- lists ---- */

static bool listed(const struct brief_list *l, struct id lead) {
    for (size_t i = 0; i < l->n; i++)
        if (id_eq(l->slot[i].lead.lead, lead)) return true;
    return false;
}

/* `but`: leads that stand in that list are left out; may be NULL. */
static void leads(const struct page *p, const char *title, const struct brief_list *l,
                  const struct brief_list *but) {
    bool titled = false;
    for (size_t i = 0; i < l->n; i++) {
        const struct brief_slot *s = &l->slot[i];
        if (but && listed(but, s->lead.lead)) continue;
        if (!titled) section(p, title);
        titled = true;
        row_open(p);
        add_name(p, &s->lead);
        buf_fmt(p->out, " <span class=\"quiet\" style=\"color:#6a6158\">%d/100</span>",
                (int)lround(fmax(0, s->lead.score.likelihood)));
        quiet_open(p);
        add(p->out, s->why);
        buf_z(p->out, "</div>");
        row_close(p);
    }
}

static void windows(const struct page *p) {
    if (p->b->open.n == 0) return;
    section(p, pick(p, "When to reach whom today", "Cuándo contactar hoy"));
    for (size_t i = 0; i < p->b->open.n; i++) {
        const struct brief_slot *s = &p->b->open.slot[i];
        row_open(p);
        BUF_AUTO hours;
        buf_init(&hours, 256);
        brief_window_words(p->b, s->lead.zone, s->from_us, s->to_us, &hours);
        add(p->out, buf_str(&hours));
        buf_z(p->out, " &nbsp; ");
        add_name(p, &s->lead);
        row_close(p);
    }
}

static void performance(const struct page *p) {
    if (p->b->in.n_perf == 0) return;
    section(p, pick(p, "Last 7 days, and the 7 before", "Últimos 7 días y los 7 anteriores"));
    for (size_t i = 0; i < p->b->in.n_perf; i++) {
        const struct brief_perf *r = &p->b->in.perf[i];
        row_open(p);
        add(p->out, r->label);
        buf_fmt(p->out, ": <b>%lld</b> <span class=\"quiet\" style=\"color:#6a6158\">%s %lld</span>",
                (long long)r->this_week, pick(p, "after", "tras"), (long long)r->last_week);
        row_close(p);
    }
    if (!str_given(p->b->perf_note)) return;
    row_open(p);
    quiet_open(p);
    add(p->out, p->b->perf_note);
    buf_z(p->out, "</div>");
    row_close(p);
}

static void strategy(const struct page *p) {
    if (p->b->n_strategy == 0) return;
    section(p, pick(p, "Worth a thought", "Para pensarlo"));
    for (size_t i = 0; i < p->b->n_strategy; i++) {
        row_open(p);
        add(p->out, p->b->strategy[i].title);
        quiet_open(p);
        add(p->out, p->b->strategy[i].why);
        buf_z(p->out, "</div>");
        row_close(p);
    }
}

static void missing(const struct page *p) {
    section(p, pick(p, "Not in this briefing", "No está en este informe"));
    row_open(p);
    quiet_open(p);
    for (size_t i = 0; i < BRIEF_MISSING; i++) {
        const char *part;
        if (i) buf_c(p->out, ' ');
        add(p->out, brief_missing(p->b, i, &part));
    }
    buf_z(p->out, "</div>");
    row_close(p);
}

void brief_html(const struct brief *b, struct str base_url, struct buf *out) {
    struct page page = {b, out, brief_links(base_url) ? base_url : STR_NONE, b->in.language == LANG_ES};
    const struct page *p = &page;
    head(p);
    buf_z(out, "<body class=\"ground\" style=\"margin:0;padding:0;background:#faf8f5\">\n");
    preheader(p);
    buf_z(
        out,
        "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" class=\"ground\" "
        "style=\"background:#faf8f5\">"
        "<tr><td class=\"out\" align=\"center\" style=\"padding:24px 12px\">\n"
        "<table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" class=\"wrap card\" "
        "style=\"width:600px;max-width:100%;background:#ffffff;border:1px solid "
        "#e5dfd6;border-radius:12px\">\n");
    top(p);
    for (size_t i = 0; i < b->n_actions; i++) action(p, i);
    leads(p, pick(p, "Hot leads", "Contactos muy activos"), &b->hot, NULL);
    leads(p, pick(p, "Gone quiet", "Han callado"), &b->risk, NULL);
    windows(p);
    leads(p,
          b->hot.n ? pick(p, "More leads by behavior", "Más contactos por actividad")
                   : pick(p, "Leads by behavior", "Contactos por actividad"),
          &b->top, &b->hot);
    performance(p);
    strategy(p);
    missing(p);
    buf_fmt(out,
            "<tr><td class=\"pad quiet\" style=\"padding:16px 28px 28px;" FONT
            "font-size:13px;line-height:18px;color:#6a6158\">%s</td></tr>\n",
            pick(p, "Scores describe behavior; they are not the chance of a sale.",
                 "El índice describe el comportamiento; no es la probabilidad de una venta."));
    buf_z(out, "</table></td></tr></table></body></html>\n");
}
