/* Byte classes of RFC 9110 and 3986, as one table of bits. For the parser's files only. */
#ifndef NET_HTTP_CHARS_H
#define NET_HTTP_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CH_TOKEN = 1, /* tchar */
    CH_TEXT = 2,  /* of a field value: HTAB, SP, VCHAR, obs-text */
    CH_PATH = 4,  /* pchar and '/' */
    CH_QUERY = 8, /* VCHAR without '#' */
    CH_HOST = 16, /* of a reg-name */
    CH_HEX = 32,
    CH_WS = 64, /* SP, HTAB */
};
extern const uint8_t http_chars[256];

static inline bool http_is(char c, unsigned classes) {
    return http_chars[(unsigned char)c] & classes;
}
static inline int http_hex(char c) /* -1: not a hex digit */
{
    if (!http_is(c, CH_HEX)) return -1;
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

#endif
