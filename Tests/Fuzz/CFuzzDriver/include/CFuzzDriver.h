// Runs libFuzzer on the program's LLVMFuzzerTestOneInput.
int fuzz_driver_main(int argc, char **argv);
