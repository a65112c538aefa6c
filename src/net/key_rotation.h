/* Which identities have another key than before: what a reload asks, so that nobody stays connected by a
 * key that was replaced, maybe because somebody else had got it.
 *
 * The rights of an identity are looked at by its name (registrar_sweep.h), its key only here.
 */
#ifndef POOLPROOF_NET_KEY_ROTATION_H
#define POOLPROOF_NET_KEY_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "access.h"
#include "secure_configuration.h"

/* Whether `name` (`length` bytes) has a key in both configurations, and not the same. Either may be NULL. */
bool key_rotation_of(const struct secure_server_configuration *old,
                     const struct secure_server_configuration *next, const uint8_t *name,
                     uint32_t length);

/* Sets replaced[i] for every identity i of `rules` of which that is true, and clears the others. Quadratic
 * in the number of identities: for a reload, not for an event. */
void key_rotation_find(const struct secure_server_configuration *old,
                       const struct secure_server_configuration *next,
                       const struct access_rules *rules, bool replaced[ACCESS_IDENTITIES_MAX]);

#endif
