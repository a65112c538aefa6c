/* Any bytes as a key file. A file that is read names each identity once, finds it again by its
 * name, and has a key and rights within their limits for it; a file that is refused is refused at
 * a place that exists, in a sentence that shows no key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "key_file.h"

#define FUZZ_INPUT_MAX 65536u
#define RUN_MAX 15u /* so many hexadecimal digits in a row are no key */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void oracle(bool good, const char *rule)
{
    if (!good) {
        (void)fprintf(stderr, "violated: %s\n", rule);
        abort();
    }
}

static void check_identity(const struct key_file *file, uint32_t index)
{
    const char *name = key_file_identity(file, index);
    const size_t length = strlen(name);
    const struct psk_key *key = key_file_key(file, index);
    const struct access_identity *rights = &key_file_rules(file)->identity[index];

    oracle(length >= 1 && length <= ACCESS_NAME_MAX, "an identity has 1 to 128 bytes");
    oracle(key_file_find(file, (const uint8_t *)name, (uint32_t)length) == index,
           "an identity is found by its name");
    oracle(key->length >= PSK_KEY_MIN && key->length <= PSK_KEY_MAX, "a key has 16 to 64 bytes");
    oracle(rights->roles >= 1 && rights->roles <= ROLES_ALL, "an identity has a role");
    oracle((rights->roles & ROLE_REGISTRAR) == 0
               ? rights->server_identifier == 0
               : access_may_use_server(key_file_rules(file), index, rights->server_identifier),
           "a registrar, and nobody else, has a server identifier");
    for (uint32_t other = 0; other < index && rights->server_identifier != 0; other++) {
        oracle(key_file_rules(file)->identity[other].server_identifier != rights->server_identifier,
               "two registrars have two server identifiers");
    }
    oracle(rights->name_length == length && memcmp(rights->name, name, length) == 0,
           "rules and keys agree about the index");
}

static uint32_t count_lines(const uint8_t *data, size_t size)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n' ? 1u : 0u;
    }
    return lines;
}

static void check_problem(const struct secure_problem *problem, const uint8_t *data, size_t size)
{
    oracle(memchr(problem->text, '\0', sizeof problem->text) != NULL, "a problem is a string");
    oracle(strncmp(problem->text, "keys:", 5) == 0, "a problem names the file");
    oracle(problem->line >= 1 && problem->line <= count_lines(data, size), "the line exists");
    const size_t run = strspn(problem->text + strcspn(problem->text, "0123456789"), "0123456789");
    oracle(run <= RUN_MAX, "no key is shown");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct secure_problem problem;
    const size_t length = size > FUZZ_INPUT_MAX ? FUZZ_INPUT_MAX : size;
    struct key_file *file = key_file_parse("keys", data, length, &problem);

    if (file == NULL) {
        check_problem(&problem, data, length);
        return 0;
    }
    oracle(key_file_count(file) <= count_lines(data, length), "an identity has a line");
    for (uint32_t i = 0; i < key_file_count(file); i++) {
        check_identity(file, i);
    }
    key_file_free(file);
    return 0;
}
