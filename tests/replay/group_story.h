/* Telling a registrar and its peers a story: registrar_story.h for a registrar in a group.
 *
 * The registrar is enrp_step; its peers are played by the test: each tells it messages over a channel, and every
 * message that it sends is decoded and expected. Time passes as in the shell: after each event what is left over is done at
 * once, and group_wait lets the clock stop at each deadline on its way. Heartbeats, and the questions for peers while serving
 * (enrp_refresh.h), which go out all the time, are taken out of the effects and counted.
 *
 * Elements and users of registrar_story.h take part: its channels and messages go to the same registrar.
 */
#ifndef POOLPROOF_TESTS_GROUP_STORY_H
#define POOLPROOF_TESTS_GROUP_STORY_H

#include "enrp.h"
#include "enrp_send.h"
#include "enrp_wire.h"
#include "registrar_story.h"

/* The peers. Amy's server identifier is lower than ours, the others' are higher. */
enum peer { AMY = 0, BEN = 1, CLEO = 2, DAN = 3, EVE = 4, FAY = 5 };
#define PEERS 6u

struct group_story {
    struct enrp_group *group;
    struct enrp_configuration configuration; /* to be varied before the first event */
    uint32_t beats;                          /* heartbeats sent, each peer counted */
    uint32_t refreshes;                      /* peers asked for their list while serving, */
    uint32_t refreshed;                      /* the last one on this channel */
    bool busy;                               /* the shell does not come to do what is left over */
    bool counting;         /* effects are not kept, but messages counted by their type */
    uint32_t counted[256]; /* so many messages of each type */
};
extern struct group_story group;

int group_begin(void **state);
int group_end(void **state);

uint32_t server_of(enum peer peer);   /* its server identifier */
uint32_t identity_of(enum peer peer); /* in the rules */
uint32_t channel_of(enum peer peer);  /* the channel that it opened */
uint32_t dialled_to(enum peer peer);  /* the channel that we opened to it */
struct enrp_peer *the_peer(enum peer peer);
bool is_peer(enum peer peer); /* in the list */
bool serving(void);

/* Let the configuration name a peer, with its server identifier, at the next place. */
void group_configure(enum peer peer);

/* Events. */
void group_start(void); /* the first tick */
void group_wait(uint64_t milliseconds);
void group_open(uint32_t channel, uint32_t identity, uint8_t roles, uint32_t place);
void group_visit(enum peer peer);     /* it opens a channel */
void group_connected(enum peer peer); /* we dialled it, and it is greeted */
void group_connect_failed(uint32_t place);
void group_close(enum peer peer); /* its channel, however opened, ends */

/* Start alone, then peers join: known to each other, with channels, and nothing going on. */
void group_alone(void);
void group_join(enum peer peer);

/* What a peer tells us. */
void tell_bytes(uint32_t channel, const void *bytes, uint32_t length);
void tell_presence(enum peer peer, bool reply_required, uint16_t checksum);
void tell_alive(enum peer peer); /* a presence with the checksum that we expect */
void tell_plain(enum peer peer, uint8_t type, uint8_t flags);
void tell_takeover(enum peer peer, uint8_t type, uint32_t target);
void tell_update(enum peer peer, uint16_t action, const struct registration *r);
void tell_added(enum peer peer, const char *handle, uint32_t pe_identifier);
void tell_removed(enum peer peer, const char *handle, uint32_t pe_identifier);
/* Another sender or receiver than is true. */
void tell_as(uint32_t channel, uint32_t from, uint32_t to, uint8_t type, uint8_t flags);

/* An element in a handle table. */
struct entry {
    const char *handle;
    uint32_t pe_identifier;
    uint32_t home;
};
void tell_table(enum peer peer, uint8_t flags, const struct entry *entries, uint32_t count);
void tell_list(enum peer peer, const enum peer *peers, uint32_t count);

/* Effects. A message that was expected stays decoded in `told`. */
extern struct enrp_message told;
extern const uint8_t *told_bytes;
void expect_enrp(uint32_t channel, uint8_t type, uint8_t flags);
void expect_told(enum peer peer, uint8_t type, uint8_t flags);
void expect_presence(enum peer peer, bool reply_required);
void expect_takeover(enum peer peer, uint8_t type, uint32_t target);
void expect_update(enum peer peer, uint16_t action, const char *handle, uint32_t pe_identifier);
void expect_error(enum peer peer, uint16_t cause);
void expect_peer_audit(uint16_t event, uint32_t server_identifier);
void expect_connect(uint32_t place);
void expect_beats(uint32_t beats); /* since they were expected last */
uint32_t entries_told(void);       /* elements in the table response in `told` */

/* The PE checksum of these elements, by RFC 1071, independent of any handlespace. */
uint16_t checksum_of(const struct entry *entries, uint32_t count);

/* Where we think that an element is at home; 0 when we have none. */
uint32_t home_of(const char *handle, uint32_t pe_identifier);

#define GROUP_CASE(name) cmocka_unit_test_setup_teardown(name, group_begin, group_end)
#define LIFETIME (group.configuration.max_time_last_heard)
#define PATIENCE (group.configuration.max_time_no_response)

#endif
