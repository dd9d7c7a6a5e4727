#include "CSuperOS.h"
