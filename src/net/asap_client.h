/* A client of the registrars at work: connections on one side, a proved client machine on the other.
 *
 * The machines (pool_element_endpoint.h, pool_user.h) say which registrar to connect to in which of three
 * slots, what to send and what to close; this carries it out and reports back what the network did.
 * It decides nothing: hunting, timers and failover are the machine's. It serves both machines through
 * the two functions they have in common.
 */
#ifndef POOLPROOF_NET_ASAP_CLIENT_H
#define POOLPROOF_NET_ASAP_CLIENT_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "client_options.h"
#include "effects.h"
#include "endpoint_event.h"

/* What the machines have in common. `machine` is the structure they work on. */
struct asap_machine {
    void (*step)(void *machine, const struct endpoint_event *event, const uint8_t *bytes,
                 struct effects *out);
    uint64_t (*next_deadline)(const void *machine);
};
extern const struct asap_machine asap_machine_element; /* struct pool_element_endpoint */
extern const struct asap_machine asap_machine_user;    /* struct pool_user */

/* Told of each EFFECT_NOTIFY, after all effects of the step were carried out: it may give commands.
 * handle: the pool handle that goes with it, `effect->length` bytes. */
typedef void (*asap_notified)(void *user, const struct effect *effect, const uint8_t *handle);

struct asap_client; /* opaque */

/* options and machine stay the caller's and must live as long as the client. NULL when memory is short. */
struct asap_client *asap_client_new(struct ev_loop *loop, const struct client_options *options,
                                    const struct asap_machine *kind, void *machine,
                                    asap_notified notified, void *user);

/* Gives the machine an event of the application: ENDPOINT_START, _REGISTER, _RESOLVE, ... */
void asap_client_command(struct asap_client *client, uint8_t kind, const uint8_t *handle,
                         uint32_t length, uint32_t subject);

/* Our own address on the connection in slot `channel`: what a registrar sees us as. */
bool asap_client_local(const struct asap_client *client, uint32_t channel, struct ip_address *out);

/* Writes to standard error what is wrong with each registrar that was tried and did not answer: its certificate was
 * refused, no connection, ... A line each; nothing of those that said something over their last connection. */
void asap_client_explain(const struct asap_client *client);

/* Closes in order what is open, and frees the client. A loop that runs on until nothing is left to watch
 * lets the connections finish. */
void asap_client_free(struct asap_client *client);

#endif
