/* What the daemon needs of the machine it starts on: see start_conditions.h. */
#include "start_conditions.h"

#include "guarded_file.h"

#include <stdio.h>

#define READ_AGAIN 4u /* the configuration and the three files it may name */

/* `key` is "" for the configuration itself, which no key names. */
static void explain_unreadable(const struct configuration *c, const char *key, const char *path,
                               char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];

    configuration_place(key[0] != '\0' ? key : "user", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%s%s%s%.255s cannot be read by user \"%s\", whom the daemon becomes, so every reload "
             "(SIGHUP) would fail; chown it to that user, and let the user into its directories",
             place, key, key[0] != '\0' ? ": " : "", path, c->user);
}

/* A reload reads as the configured user what the start read as root. */
static bool can_be_read_again(const char *file, const struct configuration *c,
                              const struct privileges_account *account,
                              char problem[CONFIGURATION_PROBLEM_MAX])
{
    static const char *const keys[READ_AGAIN] = {"", "key_file", "certificate_file",
                                                 "private_key_file"};
    const char *const paths[READ_AGAIN] = {file, c->key_file, c->certificate_file,
                                           c->private_key_file};
    uint8_t barred = privileges_unreadable(account, paths, READ_AGAIN);

    for (uint32_t i = 0; i < READ_AGAIN; i++) {
        if ((barred & (1u << i)) != 0) {
            explain_unreadable(c, keys[i], paths[i], problem);
            return false;
        }
    }
    return true;
}

bool start_conditions_hold(const char *file, const struct configuration *c,
                           struct privileges_account *account,
                           char problem[CONFIGURATION_PROBLEM_MAX])
{
    if (!privileges_find(c, account, problem))
        return false;
    guarded_file_trust_owner(account->uid);
    return can_be_read_again(file, c, account, problem);
}
