/* Looking up where registrars are: hosts, and services by SRV records, with DNSSEC (libunbound).
 *
 * A look-up blocks, for some seconds when nobody answers, and its library takes apart what strangers sent. So it
 * is the work of a program of its own, poolproofd-dns, whose process has no key, no file and no socket of ours
 * (resolver_process.h). It shares no library with the daemon either: libunbound's event loop and libev have
 * functions of the same names.
 *
 * What is found is a hint where to connect to, and no more: who is there shows by a pre-shared key. DNSSEC keeps a
 * forger of answers from sending registrars astray, or from keeping them apart. With a trust anchor an answer is
 * validated, unproved (its zone is not signed), or bogus; a bogus one is never used.
 */
#ifndef POOLPROOF_NET_RESOLVER_H
#define POOLPROOF_NET_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "srv_records.h"

/* Addresses of one host that are taken, and of all hosts of a service. */
#define RESOLVER_OF_HOST_MAX 8u
#define RESOLVER_ADDRESSES_MAX (SRV_RECORDS_MAX * RESOLVER_OF_HOST_MAX)

#define RESOLVER_DETAIL_MAX 384u
#define RESOLVER_PATH_MAX 256u

/* Where the trust anchor of the root is on Debian (package dns-root-data). */
#define RESOLVER_USUAL_ANCHOR "/usr/share/dns/root.key"

struct resolver_settings {
    char server
        [RESOLVER_PATH_MAX]; /* "IP@PORT" of the resolver to ask; "": those of /etc/resolv.conf */
    char anchor[RESOLVER_PATH_MAX]; /* file with trust anchors; "": answers are not validated */
    bool unsigned_too;              /* take answers that are not proved, too */
};

/* What goes over the line to the process: first this, which it answers with a text of RESOLVER_DETAIL_MAX bytes that says
 * what is wrong ("": nothing), then questions, which it answers one by one. */
struct resolver_setup {
    struct resolver_settings settings;
    uint64_t seed;    /* decides between targets of one priority */
    uint32_t sandbox; /* 1: to be entered */
};

/* The descriptor of the line there. */
#define RESOLVER_LINE 3

enum resolver_kind { RESOLVER_HOST = 0, RESOLVER_SERVICE = 1 };

struct resolver_question {
    uint32_t ticket; /* comes back with the answer */
    uint32_t kind;   /* enum resolver_kind */
    uint32_t port;   /* of a host; a service has its own */
    char name[DOMAIN_NAME_MAX + 1];
};

enum resolver_outcome {
    RESOLVER_FOUND = 0,
    RESOLVER_NONE = 1,     /* there is no such name, or nothing of the kind at it */
    RESOLVER_FAILED = 2,   /* no usable answer came */
    RESOLVER_UNSIGNED = 3, /* not proved, and the settings ask for proof */
    RESOLVER_BOGUS = 4     /* DNSSEC says that the answer is forged, or that its zone is broken */
};

struct resolver_address {
    uint32_t target; /* of a service: the place of its host in the order of RFC 2782, from 0 on */
    uint32_t port;
    struct ip_address ip;
};

struct resolver_answer {
    uint32_t ticket;
    uint32_t outcome;   /* enum resolver_outcome */
    uint32_t validated; /* 1: all of it is proved */
    uint32_t bogus;     /* hosts of a service that were left out for their bogus addresses */
    uint32_t count;     /* addresses, in the order in which they are to be tried */
    struct resolver_address address[RESOLVER_ADDRESSES_MAX];
    char detail[RESOLVER_DETAIL_MAX]; /* what is wrong with which name; "" when nothing is */
};

struct resolver; /* opaque */

/* Ready to look up, without having asked anybody. NULL with a sentence in `problem` when a setting is of no use, or
 * memory is short. `seed` decides between targets of one priority. */
struct resolver *resolver_new(const struct resolver_settings *settings, uint64_t seed,
                              char problem[RESOLVER_DETAIL_MAX]);

/* Answers one question; blocks. */
void resolver_look_up(struct resolver *resolver, const struct resolver_question *question,
                      struct resolver_answer *answer);

void resolver_free(struct resolver *resolver);

#endif
