/* leadlight: one binary, its commands in one table. See command.h. */
#include "main/command.h"
#include "main/log.h"

#include <signal.h>
#include <unistd.h>

#define OPTIONS(...)                                                                                         \
    (const struct option_def[]) {                                                                            \
        __VA_ARGS__ {                                                                                        \
            NULL, NULL, NULL                                                                                 \
        }                                                                                                    \
    }
#define JSON_OPTION {"json", NULL, "print JSON"},

const struct command commands[] = {
    {"serve", "", "run the server",
     OPTIONS({"port", "N", "instead of LEADLIGHT_PORT"}, {"data", "DIR", "instead of LEADLIGHT_DATA_DIR"}, ),
     cmd_serve},
    {"demo", "", "run the server on a made-up brokerage that lives; messages are shown, not sent",
     OPTIONS({"port", "N", "instead of LEADLIGHT_PORT"},
             {"data", "DIR", "keep the demo's data here (default: a fresh temporary folder)"},
             {"seed", "S", "which made-up world (default 1)"}, ),
     cmd_demo},
    {"import", "leads|events FILE", "import from CSV; twice is harmless",
     OPTIONS({"tenant", "ID", "whose"}, {"dry-run", NULL, "check and report, store nothing"}, JSON_OPTION),
     cmd_import},
    {"briefing", "AGENT", "print the briefing that would be delivered",
     OPTIONS({"tenant", "ID", "whose agent (not needed when there is one tenant)"},
             {"date", "YYYY-MM-DD", "for this local date (default: today)"},
             {"as", "text|html|plain|json", "form (default text)"}, ),
     cmd_briefing},
    {"simulate", "",
     "run made-up brokerages on a virtual clock through the production flow and check its promises",
     OPTIONS({"tenants", "N", "default 1"}, {"leads", "N", "a tenant, default 50"},
             {"days", "N", "default 30"}, {"seed", "S", "default 1"},
             {"faults", "none|some|all", "default all"}, {"out", "DIR", "write the record there"},
             JSON_OPTION),
     cmd_simulate},
    {"tenant create", "", "make a tenant",
     OPTIONS({"name", "TEXT", "the brokerage"}, {"location", "ID", "its location id in the CRM"},
             {"zone", "ZONE", "like America/New_York"}, JSON_OPTION),
     cmd_tenant_create},
    {"tenant list", "", "list the tenants", OPTIONS(JSON_OPTION), cmd_tenant_list},
    {"user create", "", "make a user; an agent is a user with the role agent",
     OPTIONS({"tenant", "ID", "whose"}, {"role", "agent|team_lead|admin", "default agent"},
             {"name", "TEXT", "full name"}, {"zone", "ZONE", "time zone (default: the tenant's)"},
             {"email", "ADDRESS", "for signing in"}, {"ghl-user", "ID", "user id in the CRM (assignedTo)"},
             {"language", "en|es", "default en"},
             {"password-file", "FILE", "password for signing in, from a file"}, JSON_OPTION),
     cmd_user_create},
    {"user list", "", "list a tenant's users", OPTIONS({"tenant", "ID", "whose"}, JSON_OPTION),
     cmd_user_list},
    {"user password", "", "set a user's password from a file",
     OPTIONS({"tenant", "ID", "whose"}, {"user", "ID", "who"},
             {"password-file", "FILE", "the new password"}, ),
     cmd_user_password},
    {"token create", "", "make an API token",
     OPTIONS({"tenant", "ID", "whose"}, {"role", "agent|team_lead|admin|service", "what it may do"},
             {"user", "ID", "whose name it carries"},
             {"days", "N", "how long it counts (default 365; 0: for ever)"}, JSON_OPTION),
     cmd_token_create},
    {"token revoke", "", "end a token",
     OPTIONS({"tenant", "ID", "whose"}, {"token", "ID", "the token's id (jti)"}, ), cmd_token_revoke},
    {"config", "", "list every setting with its meaning and value", OPTIONS(JSON_OPTION), cmd_config},
    {"doctor", "", "check configuration and every part, and say what to do", OPTIONS(JSON_OPTION),
     cmd_doctor},
    {"migrate", "", "bring the database to this program's version", OPTIONS(JSON_OPTION), cmd_migrate},
    {"keys rotate", "", "add a master key and wrap all tenants' keys with it", OPTIONS(JSON_OPTION),
     cmd_keys_rotate},
    {"routes", "", "list the HTTP interface", OPTIONS(JSON_OPTION), cmd_routes},
    {"version", "", "print the version", OPTIONS(JSON_OPTION), cmd_version},
};
const size_t commands_n = sizeof commands / sizeof *commands;

void print(const struct buf *b) {
    fwrite(b->p ? b->p : "", 1, b->n, stdout);
    fflush(stdout);
}

static void usage(FILE *to) {
    fprintf(to,
            "leadlight %s: alerts, briefings and follow-up for real-estate teams\n\nUsage: leadlight COMMAND "
            "[OPTIONS]\n\n",
            LEADLIGHT_VERSION);
    for (size_t i = 0; i < commands_n; i++) fprintf(to, "  %-15s %s\n", commands[i].name, commands[i].what);
    fprintf(to, "\nleadlight COMMAND --help tells more. Settings: leadlight config.\n");
}

static void usage_of(const struct command *c, FILE *to) {
    fprintf(to, "leadlight %s %s\n    %s\n", c->name, c->usage, c->what);
    for (const struct option_def *o = c->options; o->name; o++)
        fprintf(to, "  --%s%s%s\n      %s\n", o->name, o->value ? " " : "", o->value ? o->value : "",
                o->what);
    fprintf(to, "Exit codes: 0 done, 1 failed, 2 wrong usage.\n");
}

/* The command of the first one or two words; *out_used of them. */
static const struct command *find(int argc, char **argv, int *out_used) {
    for (size_t i = 0; i < commands_n; i++) {
        struct str rest = str_of(commands[i].name), first;
        str_cut(&rest, ' ', &first);
        if (argc < 1 || !str_is(first, argv[0])) continue;
        if (!str_given(rest)) {
            *out_used = 1;
            return &commands[i];
        }
        if (argc > 1 && str_is(rest, argv[1])) {
            *out_used = 2;
            return &commands[i];
        }
    }
    return NULL;
}

static bool wants_help(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        if (str_is(str_of(argv[i]), "--help") || str_is(str_of(argv[i]), "-h")) return true;
    return false;
}

static int fail(const struct err *e, int code) {
    fprintf(stderr, "leadlight: %s%s%s\n", e->where, e->where[0] ? ": " : "", e->msg);
    return code;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || wants_help(1, argv + 1)) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    int used = 0;
    const struct command *c = find(argc - 1, argv + 1, &used);
    if (!c) {
        fprintf(stderr, "leadlight: there is no command \"%s\"; leadlight --help lists them\n", argv[1]);
        return 2;
    }
    if (wants_help(argc - 1 - used, argv + 1 + used)) {
        usage_of(c, stdout);
        return 0;
    }
    struct err e = {0};
    struct args args;
    if (args_read(&args, c->options, argc - 1 - used, argv + 1 + used, &e)) return fail(&e, 2);
    if (c->run(&args, &e) == 0) return 0;
    return fail(&e, e.kind == ERR_INVALID || e.kind == ERR_SYNTAX ? 2 : 1);
}
