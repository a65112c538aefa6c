/* Keys, certificates and rights: see security_files.h. */
#include "security_files.h"

#include <stdio.h>
#include <string.h>

/* The key of the configuration that named the file which `what` complains about. */
static const char *key_of(const struct configuration *c, const char *what)
{
    const char *const names[] = {"key_file", "certificate_file", "private_key_file"};
    const char *const files[] = {c->key_file, c->certificate_file, c->private_key_file};

    for (size_t i = 0; i < 3; i++)
        if (files[i][0] != '\0' && strstr(what, files[i]) != NULL)
            return names[i];
    return "security";
}

static const char *or_null(const char *path)
{
    return path[0] != '\0' ? path : NULL;
}

bool security_files_load(const struct configuration *c, struct server_security *security,
                         char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct secure_problem what = {0};
    struct secure_server_options options = {.certificate_file = or_null(c->certificate_file),
                                            .private_key_file = or_null(c->private_key_file),
                                            .key_file = or_null(c->key_file),
                                            .rsa_aes128_cbc_sha = c->rsa_aes128_cbc_sha};

    memset(security, 0, sizeof *security);
    security->anonymous_users = c->anonymous_users;
    if (!c->secure)
        return true;
    security->tls = secure_server_configuration_load(&options, &what);
    if (security->tls != NULL)
        return true;
    const char *key = key_of(c, what.text);
    char place[CONFIGURATION_PATH_MAX + 32];
    configuration_place(key, place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX, "%s%s: %s", place, key, what.text);
    return false;
}
