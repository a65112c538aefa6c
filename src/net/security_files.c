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

static bool load_tls(const struct configuration *c, struct server_security *security,
                     char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];
    struct secure_problem what = {0};
    struct secure_server_options options = {.certificate_file = or_null(c->certificate_file),
                                            .private_key_file = or_null(c->private_key_file),
                                            .key_file = or_null(c->key_file),
                                            .rsa_aes128_cbc_sha = c->rsa_aes128_cbc_sha};

    security->tls = secure_server_configuration_load(&options, &what);
    if (security->tls != NULL)
        return true;
    const char *key = key_of(c, what.text);
    configuration_place(key, place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX, "%s%s: %s", place, key, what.text);
    return false;
}

/* ---- registrars ---- */

/* What the key file has to say of a registrar. */
struct registrar_claim {
    const char *identity;
    uint32_t server_identifier; /* 0: any */
    const char *place;          /* of the identity in the configuration */
};

static bool complain(const struct registrar_claim *claim, const struct configuration *c,
                     const char *what, char problem[CONFIGURATION_PROBLEM_MAX])
{
    snprintf(problem, CONFIGURATION_PROBLEM_MAX, "%sidentity: \"%.128s\" %s %.255s; %s",
             claim->place, claim->identity, what, c->key_file,
             "a registrar's line there has the role registrar and server=IDENTIFIER (poolproof "
             "keygen)");
    return false;
}

static bool claim_holds(const struct registrar_claim *claim, const struct configuration *c,
                        const struct access_rules *rules, char problem[CONFIGURATION_PROBLEM_MAX])
{
    char what[96];
    uint32_t i = access_find_identity(rules, (const uint8_t *)claim->identity,
                                      (uint32_t)strlen(claim->identity));

    if (i == IDENTITY_ANONYMOUS)
        return complain(claim, c, "has no line in", problem);
    if ((rules->identity[i].roles & ROLE_REGISTRAR) == 0)
        return complain(claim, c, "is not of the role registrar in", problem);
    if (rules->identity[i].server_identifier == 0)
        return complain(claim, c, "may not use any server identifier by", problem);
    if (claim->server_identifier == 0 || access_may_use_server(rules, i, claim->server_identifier))
        return true;
    snprintf(what, sizeof what, "may be server 0x%08x, not 0x%08x, by",
             rules->identity[i].server_identifier, claim->server_identifier);
    return complain(claim, c, what, problem);
}

/* Whether all registrars of the group are known by their keys. */
static bool group_is_known(const struct configuration *c, const struct access_rules *rules,
                           char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];
    struct registrar_claim claim = {.identity = c->identity,
                                    .server_identifier = c->registrar.server_identifier,
                                    .place = place};

    configuration_place("identity", place);
    if (!claim_holds(&claim, c, rules, problem))
        return false;
    for (uint32_t p = 0; p < c->peer_count; p++) {
        claim.identity = c->peer[p].identity;
        claim.server_identifier = c->peer[p].server_identifier;
        configuration_peer_place(p, "identity", place);
        if (!claim_holds(&claim, c, rules, problem))
            return false;
    }
    return true;
}

static bool load_group(const struct configuration *c, struct server_security *security,
                       char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct secure_problem what = {0};

    if (!configuration_has_group(c))
        return true;
    if (!group_is_known(c, secure_server_configuration_rules(security->tls), problem))
        return false;
    security->dial = secure_client_configuration_borrow(security->tls, c->identity, &what);
    if (security->dial == NULL)
        snprintf(problem, CONFIGURATION_PROBLEM_MAX, "identity: %s", what.text);
    return security->dial != NULL;
}

bool security_files_load(const struct configuration *c, struct server_security *security,
                         char problem[CONFIGURATION_PROBLEM_MAX])
{
    memset(security, 0, sizeof *security);
    security->anonymous_users = c->anonymous_users;
    if (!c->secure)
        return true;
    if (load_tls(c, security, problem) && load_group(c, security, problem))
        return true;
    server_security_release(security);
    return false;
}
