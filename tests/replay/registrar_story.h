/* Telling the registrar a story and looking at what it does: a simulated clock, channels, messages.
 *
 * Each `story_*` call gives one event to registrar_step and keeps its effects; each `expect_*` call takes
 * the next effect and fails the test when it is something else. A test ends a scene with expect_nothing().
 * There is one story at a time; story_begin and story_end are cmocka's setup and teardown, and the teardown
 * checks the whole handlespace.
 */
#ifndef POOLPROOF_TESTS_REGISTRAR_STORY_H
#define POOLPROOF_TESTS_REGISTRAR_STORY_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "asap_wire.h"
#include "registrar.h"

#define SERVER 0x51515151u
#define ADDRESS_A "\xc0\x00\x02\x01" /* 192.0.2.1, where every channel comes from */
#define ADDRESS_B "\xc0\x00\x02\x02" /* 192.0.2.2, a stranger's */

/* The cast. Identities of the rules, by index. */
enum { ALICE = 0, BOB = 1, CAROL = 2 };
#define NOBODY IDENTITY_ANONYMOUS
/* Alice: pool element, pools "echo*" and "calc". Bob: pool element, pools "echo*". Carol: pool user. */

struct story {
    struct registrar *registrar;
    struct access_rules *rules;
    /* Takes an event in place of registrar_step, for a registrar in a group (group_story.h). */
    void (*take)(const struct registrar_event *event, const uint8_t *bytes);
    struct effects effects;
    uint32_t cursor; /* the next effect to be expected */
    uint64_t now;
    uint64_t random;
};
extern struct story story;

/* What a registration says, with defaults to vary: story_registration(). */
struct registration {
    const char *handle;
    uint32_t pe_identifier;
    int32_t life;
    const char *address;
    uint16_t port;
    uint16_t transport_type;
    uint16_t use;
    uint32_t policy;
    uint32_t policy_value[WIRE_POLICY_VALUES_MAX]; /* as many as the policy has */
};

int story_begin(void **state);
int story_end(void **state);

/* Any event: what all the others come down to. */
void story_event(const struct registrar_event *event, const void *bytes);

/* The configuration, for a test that varies it before the first event. */
struct registrar_configuration *story_configuration(void);

/* Events. Time stands still but for story_wait, which moves the clock on, and ticks until nothing is due. */
void story_open(uint32_t channel, uint32_t identity);
void story_open_as(uint32_t channel, uint32_t identity, uint8_t roles);
void story_open_from(uint32_t channel,
                     const struct ip_address *address); /* an anonymous pool user */
void story_open_shared(uint32_t channel, uint32_t identity,
                       const struct ip_address *address); /* as without TLS */
void story_close(uint32_t channel);
void story_send_failed(uint32_t channel);
void story_message(uint32_t channel, const void *bytes, uint32_t length);
void story_rules_changed(void);
void story_wait(uint64_t milliseconds);

/* Messages. */
struct registration story_registration(const char *handle, uint32_t pe_identifier);
void story_register(uint32_t channel, const struct registration *registration);
void story_join(uint32_t channel, const char *handle,
                uint32_t pe_identifier); /* and expects success */
void story_deregister(uint32_t channel, const char *handle, uint32_t pe_identifier);
void story_resolve(uint32_t channel, const char *handle);
void story_report(uint32_t channel, const char *handle, uint32_t pe_identifier);
void story_acknowledge(uint32_t channel, const char *handle, uint32_t pe_identifier);
/* The same message from wherever: composes into `to`, returns its length. */
uint32_t compose_registration(uint8_t to[1024], const struct registration *registration);
uint32_t compose_named(uint8_t to[1024], uint8_t type, uint8_t flags, const void *handle,
                       uint32_t handle_length, uint32_t pe_identifier); /* 0: no PE identifier */

/* Effects. A message that was expected stays decoded in `said`. */
extern struct asap_message said;
extern const uint8_t *said_bytes;
const struct effect *expect_effect(uint8_t kind);
void expect_message(uint32_t channel, uint8_t type, uint8_t flags);
void expect_cause(uint16_t cause);        /* in `said` */
struct wire_span cause_information(void); /* of the first cause in `said` */
void expect_no_cause(void);
void expect_registered(uint32_t channel, const char *handle, uint32_t pe_identifier);
void expect_rejected(uint32_t channel, uint16_t cause, uint16_t audit);
void expect_keep_alive(uint32_t channel, const char *handle);
void expect_audit(uint16_t code);
void expect_close(uint32_t channel, uint16_t reason);
void expect_nothing(void);

/* What the handlespace holds. */
uint32_t element_of(const char *handle, uint32_t pe_identifier); /* index, or HANDLESPACE_NONE */
uint32_t elements_in(const char *handle);

/* Everything in the handlespace, written down: pools, elements, parameters, whose turn it is, checksum. Two
 * dumps are equal exactly when nothing changed. The caller frees it. */
char *handlespace_dump(void);
void expect_same_handlespace(char *before); /* frees it */

#endif
