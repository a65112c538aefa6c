/* A main for fuzz harnesses that replays files instead of fuzzing: for the regression corpus under any compiler.
 *
 * Usage: HARNESS FILE...    Each file is given whole to the harness, which aborts on a violated oracle.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1u << 20)

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *whole = malloc(INPUT_MAX);
    size_t size = whole == NULL ? 0 : fread(whole, 1, INPUT_MAX, file);
    fclose(file);
    /* An exact copy, so that a sanitizer sees a read past the last byte. */
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    if (whole == NULL || exact == NULL) {
        fprintf(stderr, "%s: out of memory\n", path);
        exit(2);
    }
    for (size_t i = 0; i < size; i++) {
        exact[i] = whole[i];
    }
    free(whole);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int failures = 0;
    for (int i = 1; i < argc; i++) {
        failures += replay(argv[i]);
    }
    printf("%d inputs\n", argc - 1 - failures);
    return failures == 0 ? 0 : 1;
}
