/* The commands of the program (CLI). One row each; every one has --help, --json where it prints facts, and exit codes 0 done, 1 failed,
 * 2 wrong usage. */
#ifndef MAIN_COMMAND_H
#define MAIN_COMMAND_H

#include "main/app.h"
#include "main/args.h"

struct command {
    const char *name;  /* "user create": one or two words */
    const char *usage; /* what follows the name */
    const char *what;  /* one line */
    const struct option_def *options;
    int (*run)(const struct args *args, struct err *e); /* 0, -1 */
};
extern const struct command commands[];
extern const size_t commands_n;

/* cmd_*.c */
int cmd_serve(const struct args *args, struct err *e);
int cmd_demo(const struct args *args, struct err *e);
int cmd_import(const struct args *args, struct err *e);
int cmd_briefing(const struct args *args, struct err *e);
int cmd_simulate(const struct args *args, struct err *e);
int cmd_tenant_create(const struct args *args, struct err *e);
int cmd_tenant_list(const struct args *args, struct err *e);
int cmd_user_create(const struct args *args, struct err *e);
int cmd_user_list(const struct args *args, struct err *e);
int cmd_user_password(const struct args *args, struct err *e);
int cmd_token_create(const struct args *args, struct err *e);
int cmd_token_revoke(const struct args *args, struct err *e);
int cmd_config(const struct args *args, struct err *e);
int cmd_doctor(const struct args *args, struct err *e);
int cmd_migrate(const struct args *args, struct err *e);
int cmd_keys_rotate(const struct args *args, struct err *e);
int cmd_routes(const struct args *args, struct err *e);
int cmd_version(const struct args *args, struct err *e);

void print(const struct buf *b); /* to standard output, whole */

#endif
