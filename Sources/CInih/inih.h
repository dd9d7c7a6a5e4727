// Debian builds libinih with INI_HANDLER_LINENO; the header must be told so, or the callback is read one argument short.
#define INI_HANDLER_LINENO 1
#include <ini.h>
