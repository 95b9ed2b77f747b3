/* Logic-less message templates (TEXT-2): text with {{field}} places, and {{#field}}...{{/field}} shown when the field is not empty,
 * {{^field}}...{{/field}} when it is. No loops, no code. Unknown fields are an error when the template is read, not when it is used.
 * In HTML mode values are escaped. A template file: first lines "key: value" (subject, description), blank line, body. */
#ifndef ENGINE_TEMPLATE_H
#define ENGINE_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"

struct template_field {
    const char *name;
    struct str value;
};
/* Checks syntax and that each field is in `known` (NULL-terminated). Error where = "line N". */
int template_check(struct str text, const char *const *known, struct err *e);
/* Renders checked text; a field not given renders as empty. */
void template_render(struct str text, const struct template_field *fields, size_t n, bool html, struct buf *out);

#endif
