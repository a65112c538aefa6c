/* Compares the keys of two configurations: see key_rotation.h. */
#include "key_rotation.h"

/* The key of `name`; NULL: it has none. */
static const struct psk_key *find_key(const struct secure_server_configuration *c,
                                      const uint8_t *name, uint32_t length)
{
    const struct key_file *keys = c != NULL ? secure_server_configuration_keys(c) : NULL;
    uint32_t index = keys != NULL ? access_find_identity(key_file_rules(keys), name, length)
                                  : IDENTITY_ANONYMOUS;

    return index != IDENTITY_ANONYMOUS ? key_file_key(keys, index) : NULL;
}

/* Looks at all bytes, whatever it finds. */
static bool same_key(const struct psk_key *a, const struct psk_key *b)
{
    uint32_t difference = (uint32_t)a->length ^ b->length;

    for (uint32_t i = 0; i < PSK_KEY_MAX; i++)
        difference |= (uint32_t)a->bytes[i] ^ b->bytes[i];
    return difference == 0;
}

bool key_rotation_of(const struct secure_server_configuration *old,
                     const struct secure_server_configuration *next, const uint8_t *name,
                     uint32_t length)
{
    const struct psk_key *before = find_key(old, name, length);
    const struct psk_key *after = find_key(next, name, length);

    return before != NULL && after != NULL && !same_key(before, after);
}

void key_rotation_find(const struct secure_server_configuration *old,
                       const struct secure_server_configuration *next,
                       const struct access_rules *rules, bool replaced[ACCESS_IDENTITIES_MAX])
{
    for (uint32_t i = 0; i < ACCESS_IDENTITIES_MAX; i++)
        replaced[i] =
            access_is_known(rules, i) &&
            key_rotation_of(old, next, rules->identity[i].name, rules->identity[i].name_length);
}
