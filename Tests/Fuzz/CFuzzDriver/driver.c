// SwiftPM renames the main function of every executable to NAME_main and points the linker's `main` at that, so that
// libFuzzer's own is never called. Here is a NAME_main for each fuzzer; a new one needs its line.
#include <stddef.h>
#include <stdint.h>

#include "CFuzzDriver.h"

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*body)(const uint8_t *data, size_t size));
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int fuzz_driver_main(int argc, char **argv) {
    return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
}

#define FUZZER(name) int name##_main(int argc, char **argv) __attribute__((alias("fuzz_driver_main")))

FUZZER(FuzzExpansion);
FUZZER(FuzzHTTP);
FUZZER(FuzzIni);
FUZZER(FuzzNotify);
FUZZER(FuzzSelector);
