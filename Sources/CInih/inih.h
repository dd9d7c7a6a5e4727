// Debian builds libinih with INI_HANDLER_LINENO; the header must be told so, or the callback is read one argument short.
#define INI_HANDLER_LINENO 1
#include <ini.h>

// libinih's switches are process-wide variables. By default it cuts lines at 199 bytes in silence; here a line may be as
// long as memory allows, and inline comments are left alone because the caller has removed them already.
// The caller sees to it that this runs once, before the first parse.
static inline void inih_take_whole_lines(void) {
    ini_use_stack = false;
    ini_allow_realloc = true;
    ini_max_line = 1 << 30;
    ini_allow_inline_comments = false;
}
