/* Access rules and keys of the registrar at work: see registrar_server_parts.h. */
#include "registrar_server_parts.h"

#include "key_rotation.h"

#include <stdio.h>

/* Without TLS there is one identity, which may do everything: that is what "security none" means. */
static bool plain_rules(struct access_rules *rules)
{
    uint8_t all = 0; /* the address of no bytes: the pattern that every handle begins with */
    uint32_t identity = access_add_identity(rules, (const uint8_t *)"plain-text", 10,
                                            ROLE_POOL_ELEMENT | ROLE_POOL_USER | ROLE_REGISTRAR);

    return identity == 0 && access_grant_pool(rules, identity, &all, 0, true);
}

bool registrar_rules_take(struct registrar_server *s, const struct server_security *security,
                          char problem[CONFIGURATION_PROBLEM_MAX])
{
    const struct access_rules *next =
        security->tls != NULL ? secure_server_configuration_rules(security->tls) : NULL;
    bool good = true;

    if (security->tls == NULL)
        good = s->rules->count > 0 || plain_rules(s->rules);
    else if (next != NULL)
        good = access_rules_merge(s->rules, next);
    if (!good)
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "more than %u identities in all; reload again when the old ones are gone",
                 ACCESS_IDENTITIES_MAX);
    else
        s->rules->anonymous_roles = security->anonymous_users ? ROLE_POOL_USER : 0;
    return good;
}

void registrar_rules_put_security(struct registrar_server *s,
                                  const struct server_security *security)
{
    if (security->tls != NULL)
        secure_server_configuration_retain(security->tls);
    if (security->dial != NULL)
        secure_client_configuration_retain(security->dial);
    server_security_release(&s->security);
    s->security = *security;
}

/* False for a channel that is being closed already. */
static bool proved_replaced_key(const struct session *session,
                                const bool replaced[static ACCESS_IDENTITIES_MAX])
{
    const struct secure_channel *secure = channel_secure(session->channel);

    return session->opened && session->proved < ACCESS_IDENTITIES_MAX &&
           replaced[session->proved] && secure != NULL &&
           secure_channel_state(secure) == SECURE_OPEN;
}

/* Whoever proved a key that is replaced now has to come again with the new one. To the core the channel is lost at
 * once: no further message of it counts. */
static void close_replaced(struct registrar_server *s,
                           const bool replaced[static ACCESS_IDENTITIES_MAX])
{
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *session = s->session[i];
        struct registrar_event lost = {.kind = EVENT_CHANNEL_CLOSED, .channel = i};
        if (session == NULL || !proved_replaced_key(session, replaced))
            continue;
        registrar_session_close_for(session, "key-replaced");
        session->opened = false;
        registrar_server_give(s, &lost, NULL);
    }
}

void registrar_rules_change_security(struct registrar_server *s, const struct server_security *next)
{
    bool replaced[ACCESS_IDENTITIES_MAX];

    key_rotation_find(s->security.tls, next->tls, s->rules, replaced);
    registrar_rules_put_security(s, next);
    close_replaced(s, replaced);
}
