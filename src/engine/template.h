/* Logic-less message templates (TEXT-2): text with {{field}} places, and {{#field}}...{{/field}} shown when
 * the field is not empty,
 * {{^field}}...{{/field}} when it is. No loops, no code. Unknown fields are an error when the template is
 * read, not when it is used. In HTML mode values are escaped. A template file: first lines "key: value"
 * (subject, description), blank line, body. */
#ifndef ENGINE_TEMPLATE_H
#define ENGINE_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"

enum { TEMPLATE_MAX = 64 * 1024, TEMPLATE_DEPTH = 8 }; /* bytes of a text, sections within each other */

struct template_field {
    const char *name; /* a-z, 0-9 and '_' */
    struct str value;
};
struct template_file {               /* parts borrow from the text given */
    struct str subject, description; /* STR_NONE: not stated */
    struct str body;                 /* without white space at its end */
};
/* Takes a template file apart. -1: ERR_INVALID, where = "line N": unknown or doubled key, no blank line, no
 * body. */
int template_read(struct str file, struct template_file *out, struct err *e);
/* The body of a template file; a text that does not begin with a header line is already one. */
struct str template_body(struct str text);
/* Checks syntax and that each field is in `known` (NULL-terminated). Error where = "line N". */
int template_check(struct str text, const char *const *known, struct err *e);
/* Renders checked text; a field not given renders as empty. Of values, control characters become spaces,
 * wrong UTF-8 U+FFFD, and marks that turn the direction of writing nothing; braces in a value are text.
 * What is no valid tag (unchecked text) comes out as it stands. */
void template_render(struct str text, const struct template_field *fields, size_t n, bool html,
                     struct buf *out);

#endif
