/* The insides of configuration.h: for configuration.c, configuration_group.c and configuration_discovery.c.
 *
 * All of it speaks of the load under way, or of the last one.
 */
#ifndef POOLPROOF_NET_CONFIGURATION_PARTS_H
#define POOLPROOF_NET_CONFIGURATION_PARTS_H

#include "configuration.h"

#include <confuse.h>

/* Outside of all sections; the sections of peers are numbered from 1 on, in the order of the file. */
#define CONFIGURATION_TOP 0u

/* Says what is wrong at `line` (0: nowhere in particular), unless something was said before. */
void configuration_say(int line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The line of a key in a section; 0: it is not given. "peer" is the key of a section's own beginning. */
int configuration_line_in(uint32_t section, const char *name);

/* Reads a server identifier, decimal or 0x...; false when it is none, or 0. */
bool configuration_read_identifier(const char *text, uint32_t *out);

/* Copies the text of `key`, which is "" when it is not given. */
void configuration_take_text(cfg_t *cfg, const char *key, char *place, size_t room);

/* The options of a peer's section, ended by CFG_END. */
cfg_opt_t *configuration_peer_options(void);

/* The keys of a peer's section: NULL behind the last one. */
extern const char *const configuration_peer_keys[];

/* Reads all that concerns a group: peers, ENRP addresses, our identity, arbitration; and checks that it agrees with
 * the rest, which was read before. */
bool configuration_take_group(cfg_t *cfg, struct configuration *out);

/* Reads how others are found; before configuration_take_group, which makes room for them among the peers. */
bool configuration_take_discovery(cfg_t *cfg, struct configuration *out);

/* Whether it agrees with the rest; after configuration_take_group. */
bool configuration_check_discovery(const struct configuration *c);

#endif
