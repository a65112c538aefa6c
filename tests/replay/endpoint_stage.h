/* A stage for the client machines' replay tests: one pool element or pool user, a simulated clock, registrars
 * that say what the test wants.
 *
 * Each `stage_*` call gives an event and appends its effects; each `client_*` call takes the next effect and
 * fails the test when it is something else. A scene ends with client_is_quiet().
 */
#ifndef POOLPROOF_TESTS_ENDPOINT_STAGE_H
#define POOLPROOF_TESTS_ENDPOINT_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "asap_wire.h"
#include "pool_element_endpoint.h"
#include "pool_user.h"

#define HOME_SERVER 0x51515151u
#define OTHER_SERVER 0x62626262u
#define POOL "echo"
#define ELEMENT 0x11u
#define NO_CAUSE 0xffffu

struct stage {
    struct pool_element_endpoint *element; /* one of these two */
    struct pool_user *user;
    struct effects effects;
    uint32_t cursor; /* the next effect to be looked at */
    uint64_t now;
    uint64_t random;
    struct asap_message said; /* the last message taken by client_says */
    const uint8_t *said_bytes;
    /* Of the elements that registrars answer with; a test may change them before they do. */
    uint16_t transport_type; /* TCP */
    uint16_t transport_use;  /* 0; of other transports than SCTP the reserved bits */
};
extern struct stage stage;

/* A pool element with the description of ELEMENT in POOL, or a pool user; `servers` registrars to hunt.
 * Timers as in the RFC, but no jitter. */
void stage_pool_element(uint32_t servers);
void stage_pool_user(uint32_t servers);
int stage_end(void **state); /* cmocka's teardown */
struct pool_element_description stage_description(void);

/* Events. */
void stage_event(uint8_t kind, uint32_t channel);
void stage_handle(uint8_t kind, const char *handle, uint32_t subject);
void stage_wait(uint64_t milliseconds); /* ticks whenever something is due */
void stage_message(uint32_t channel, const void *bytes, uint32_t length);
/* Starts it, opens the connection in slot 0, and takes the effects of both. */
void stage_settle_home(void);

/* What registrars say. A cause of NO_CAUSE: none. */
void registrar_answers(uint32_t channel, uint8_t type, uint8_t flags, uint16_t cause);
void registrar_keeps_alive(uint32_t channel, uint32_t server, uint8_t flags, const char *handle);
/* Elements first, first + 1, ... of `count`, each with port 8000 + identifier and address 192.0.2.identifier;
 * count 0 needs a cause. */
void registrar_resolves(uint32_t channel, const char *handle, uint32_t first, uint32_t count,
                        uint16_t cause);
/* The same elements, the list beginning with number `turn` of them: a registrar that goes round. */
void registrar_resolves_in_turn(uint32_t channel, const char *handle, uint32_t first,
                                uint32_t count, uint32_t turn);

/* Effects, in order. */
void client_connects(uint32_t slot, uint32_t server);
void client_closes(uint32_t slot, uint16_t reason);
void client_notifies(uint16_t code, uint16_t cause);
void client_says(uint32_t slot, uint8_t type); /* then in stage.said */
void client_is_quiet(void);
uint16_t said_cause(void); /* the first cause in stage.said */
/* Drops all effects not looked at yet; returns how many of them were of this kind. */
uint32_t client_did(uint8_t kind);

#endif
