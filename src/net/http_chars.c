/* The table behind http_chars.h. Ranges are disjoint on purpose: the compiler then tells when one is given
 * twice. */
#include "net/http_chars.h"

enum {
    ALL = CH_TOKEN | CH_TEXT | CH_PATH | CH_QUERY | CH_HOST, /* unreserved, and sub-delims that are tchar */
    URI = CH_TEXT | CH_PATH | CH_QUERY,                      /* ":" "@" "/" */
    SUB = URI | CH_HOST,                                     /* sub-delims that are no tchar */
    ODD = CH_TEXT | CH_QUERY,                                /* visible, but not of RFC 3986 */
};

const uint8_t http_chars[256] = {
    ['\t'] = CH_TEXT | CH_WS,
    [' '] = CH_TEXT | CH_WS,
    ['!'] = ALL,
    ['"'] = ODD,
    ['#'] = CH_TOKEN | CH_TEXT,
    ['$' ... '\''] = ALL,
    ['(' ... ')'] = SUB,
    ['*' ... '+'] = ALL,
    [','] = SUB,
    ['-' ... '.'] = ALL,
    ['/'] = URI,
    ['0' ... '9'] = ALL | CH_HEX,
    [':'] = URI,
    [';'] = SUB,
    ['<'] = ODD,
    ['='] = SUB,
    ['>' ... '?'] = ODD,
    ['@'] = URI,
    ['A' ... 'F'] = ALL | CH_HEX,
    ['G' ... 'Z'] = ALL,
    ['[' ... ']'] = ODD,
    ['^'] = ODD | CH_TOKEN,
    ['_'] = ALL,
    ['`'] = ODD | CH_TOKEN,
    ['a' ... 'f'] = ALL | CH_HEX,
    ['g' ... 'z'] = ALL,
    ['{'] = ODD,
    ['|'] = ODD | CH_TOKEN,
    ['}'] = ODD,
    ['~'] = ALL,
    [0x80 ... 0xff] = CH_TEXT,
};
