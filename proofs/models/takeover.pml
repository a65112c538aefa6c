/* Takeover and resynchronisation among three registrars, for spin: what becomes of a pool element's home
 * (spec/enrp-resync.md; RFC 5353, 3.5 and 3.6). Run by proofs/models/run, which has the bounds and what each
 * run is to show.
 *
 * With -DLITERAL the registrars follow RFC 5353, 3.5 and 3.6.3 to the letter, without it Poolproof's rules;
 * with -DPLAIN=3 the third is such an RFC registrar among two of ours.
 * -DMUTANT_... breaks one rule.
 *
 * What is in the model
 *   Three registrars, numbered 1 to 3 (their server identifiers), ELEMENTS elements. Between two registrars a
 *   first-in first-out connection each way, of any delay; nothing is lost on it but by a crash or a fresh
 *   start. A stall needs no step of its own: it is a registrar whose messages wait.
 *   Faults, each with a budget: CRASHES (what a registrar has sent last may arrive or not, for each peer on
 *   its own, so that an announcement reaches all, some or none), SUSPICIONS (a live peer is taken for dead),
 *   FENCES (a registrar finds that it stood still and begins anew: also a restart without memory), MOVES (an
 *   element leaves its home without a word and registers elsewhere, or there again; its old home finds out at
 *   some time), DEATHS (of elements).
 *   Timers are longer than messages take, except EARLY times: they run out when nothing is under way, and
 *   EARLY of them at any moment. A dead peer may be found dead at any moment, by both others at once.
 *
 * What is left out
 *   A presence whose checksum agrees (it changes nothing); presences that do not agree are the step `audit`.
 *   Checksums are exact: the model does not see two sets of elements with the same 16 bits.
 *   Registration, and keep-alive with its acknowledgement, happen in one step each. An element has one
 *   connection at a time. Tables come in one message; sessions are not rejected. Handles, policies, attributes
 *   and identities. How a registrar learns of peers: all three are configured at all. A crashed registrar comes
 *   back only as FENCES has it. Cuts that last, so partitions: see the limits in spec/enrp-resync.md.
 *   With LITERAL, the element adopts a new home when that has taken over (3.5.2, 2), at once; and no home removes
 *   a live element for want of a connection, because the RFC's registrar can open one.
 *
 * What must hold (the monitor at the end)
 *   waits     nobody waits for what never comes: an invalid end state of the monitor
 *   lost      at rest, every live registrar has every live element
 *   owners    at rest, every live element has exactly one live registrar as its owner,
 *   agreed    which all others and the element name
 *   kept      at rest, no registrar has a dead element
 *   held      at all times, the registrar that an element is connected to is its home  (-DHELD)
 *   winner    nobody is taken over twice, when only crashes happen  (-DWINNER)
 *   and with -DNP no run goes on for ever: takeovers and resynchronisations end
 */
#ifndef ELEMENTS
#define ELEMENTS 1
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef SUSPICIONS
#define SUSPICIONS 0
#endif
#ifndef FENCES
#define FENCES 0
#endif
#ifndef MOVES
#define MOVES 0
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef EARLY
#define EARLY 0
#endif
/* Messages under way from one registrar to another. That it is enough is asserted. */
#ifndef ROOM
#define ROOM 10
#endif

#define NONE 0

/* State of a peer */
#define WATCHED 0  /* in the list, and watched */
#define INACTIVE 1 /* another registrar is taking it over */
#define GONE 2     /* taken over, not in the list any more */

/* Messages */
#define INIT_TAKEOVER 1     /* argument: the target */
#define INIT_TAKEOVER_ACK 2 /* the target */
#define TAKEOVER_SERVER 3   /* the target */
#define PRESENCE 4
#define ADD_PE 5            /* the element */
#define DEL_PE 6            /* the element */
#define REQUEST 7           /* 1: the receiver's own elements alone (W), 0: all */
#define OWN_TABLE 8         /* the set of elements that the sender is home of */
#define WHOLE_TABLE 9       /* the homes of all elements, two bits each */

typedef registrar {
    bit alive;
    bit starting;       /* has asked a mentor for the handlespace, serves nobody yet */
    byte peer[4];       /* states of the peers */
    byte target;        /* of the takeover that it has begun, or NONE */
    byte awaiting;      /* the set of peers that have not acknowledged it yet */
    byte fetching;      /* the peer it waits for a table from, or NONE */
    byte home[ELEMENTS];      /* of each element, NONE: does not have it */
    bit open[ELEMENTS];       /* has a channel to the element, as far as it knows */
    byte contested[ELEMENTS]; /* who claims the element, of which it is home: the element has been asked */
}

registrar reg[4]; /* from 1 on */
byte at[ELEMENTS]; /* the registrar an element is connected to, or NONE: it looks for one */
bit dead[ELEMENTS];
byte early = EARLY;
#ifdef WINNER
byte taken; /* the set of registrars that were taken over */
#endif
chan wire[6] = [ROOM] of { byte, byte };

/* Scratch: no part of the state, written before it is read in every step. */
hidden byte kind, argument, i, j, k, packed;

#define SET(n) (1 << (n))
#define WIRE(from, to) wire[((from) - 1) * 2 + ((to) > (from) -> (to) - 2 : (to) - 1)]
#define SERVES(r) (reg[r].alive && !reg[r].starting)
#define OWNS(r, e) (reg[r].home[e] == (r))

#if ELEMENTS == 1
#define CONTESTS(r) (reg[r].contested[0] != NONE)
#define DIFFER(r, p) ((reg[r].home[0] == (p)) != (reg[p].home[0] == (p)))
#else
#define CONTESTS(r) (reg[r].contested[0] != NONE || reg[r].contested[1] != NONE)
#define DIFFER(r, p) ((reg[r].home[0] == (p)) != (reg[p].home[0] == (p)) || \
                      (reg[r].home[1] == (p)) != (reg[p].home[1] == (p)))
#endif
#define WON(r) (reg[r].target != NONE && reg[r].awaiting == 0)
#define BUSY(r) (CONTESTS(r) || WON(r))
#define UNDER_WAY (len(wire[0]) + len(wire[1]) + len(wire[2]) + len(wire[3]) + len(wire[4]) + len(wire[5]))
#define QUIET (UNDER_WAY == 0 && !BUSY(1) && !BUSY(2) && !BUSY(3))
#define DUE (early > 0 || QUIET)

/* Who goes on when both want to take over: the higher identifier (RFC), or the lower (rsplib). */
/* Who follows RFC 5353 to the letter: all, one (PLAIN), or none. */
#ifdef LITERAL
#define LITERALLY(r) true
#elif defined(PLAIN)
#define LITERALLY(r) ((r) == PLAIN)
#else
#define LITERALLY(r) false
#endif
/* Whether elements adopt r as their home when it has taken over, so that it needs no connection of theirs. */
#ifdef LITERAL
#define ADOPTED(r) true
#else
#define ADOPTED(r) false
#endif
#ifdef MUTANT_DEL_FROM_ANYBODY
#define DELETES(r) true
#else
#define DELETES(r) LITERALLY(r)
#endif

#define RFC_YIELDS(r, other) ((r) < (other))
#define RSPLIB_YIELDS(r, other) ((r) > (other))
#ifdef MUTANT_MIXED
#ifdef RSPLIB
#define YIELDS_TO(r, other) ((r) == 3 -> RFC_YIELDS(r, other) : RSPLIB_YIELDS(r, other))
#else
#define YIELDS_TO(r, other) ((r) == 3 -> RSPLIB_YIELDS(r, other) : RFC_YIELDS(r, other))
#endif
#elif defined(RSPLIB)
#define YIELDS_TO(r, other) RSPLIB_YIELDS(r, other)
#else
#define YIELDS_TO(r, other) RFC_YIELDS(r, other)
#endif

inline run_out() { if :: QUIET -> skip :: else -> early-- fi }

inline send(from, to, what, about) {
    if
    :: (from) != (to) && reg[to].alive ->
       assert(len(WIRE(from, to)) < ROOM);
       WIRE(from, to)!what, about;
       printf("%d -> %d: %d (%d)\n", from, to, what, about)
    :: else
    fi
}

/* To all peers in the list. */
inline announce(from, what, about) {
    for (j : 1 .. 3) {
        if
        :: j != (from) && reg[from].peer[j] != GONE -> send(from, j, what, about)
        :: else
        fi
    }
    j = 0
}

/* `by` says that it is the home of e. */
inline claim(r, e, by) {
    if
    :: LITERALLY(r) -> reg[r].home[e] = by
    :: !LITERALLY(r) && OWNS(r, e) && reg[r].open[e] ->
#ifdef MUTANT_YIELD_AT_ONCE
       yield(r, e, by)
#else
       reg[r].contested[e] = by;
       printf("%d asks the element %d, which %d claims\n", r, e, by)
#endif
#ifdef MUTANT_NEVER_YIELD
    :: !LITERALLY(r) && OWNS(r, e) && !reg[r].open[e] -> skip
    :: !LITERALLY(r) && !OWNS(r, e) -> reg[r].home[e] = by
#else
    :: else -> reg[r].home[e] = by;
       printf("%d notes %d as the home of %d\n", r, by, e)
#endif
    fi
}

/* Leave e to `to`. An element that is connected here finds its connection closed, and looks for a home. */
inline yield(r, e, to) {
    printf("%d yields %d to %d\n", r, e, to);
    reg[r].home[e] = to;
    reg[r].contested[e] = NONE;
#ifdef MUTANT_YIELD_KEEPS_CHANNEL
    skip
#else
    reg[r].open[e] = 0;
    if
    :: at[e] == r -> at[e] = NONE
    :: else
    fi
#endif
}

inline stop_takeover(r) { reg[r].target = NONE; reg[r].awaiting = 0 }

inline begin_takeover(r, whom) {
    printf("%d takes %d for dead\n", r, whom);
    reg[r].target = whom;
    announce(r, INIT_TAKEOVER, whom);
    for (i : 1 .. 3) {
        if
#ifdef MUTANT_NOBODY_ASKED
        :: false
#else
        :: i != r && i != whom && reg[r].peer[i] != GONE -> reg[r].awaiting = reg[r].awaiting | SET(i)
#endif
        :: else
        fi
    }
    i = 0
}

inline finish_takeover(r) {
    k = reg[r].target;
    stop_takeover(r);
    printf("%d takes over %d\n", r, k);
#ifdef WINNER
    assert(!(taken & SET(k)));
    taken = taken | SET(k);
#endif
    if /* to all active peers; whether the target gets it depends on the transport */
    :: send(r, k, TAKEOVER_SERVER, k)
    :: skip
    fi;
    reg[r].peer[k] = GONE;
    announce(r, TAKEOVER_SERVER, k);
    for (i : 0 .. ELEMENTS - 1) {
        if
        :: reg[r].home[i] == k ->
           reg[r].home[i] = r;
           if
           :: ADOPTED(r) && !dead[i] -> at[i] = r
           :: else
           fi
        :: else
        fi
    }
    i = 0
}

inline take_init_takeover(r, p, whom) {
    if
    :: whom == r -> announce(r, PRESENCE, 0)
    :: whom != r && reg[r].target == whom && YIELDS_TO(r, p) ->
       stop_takeover(r);
       reg[r].peer[whom] = INACTIVE;
       send(r, p, INIT_TAKEOVER_ACK, whom)
    :: whom != r && reg[r].target != whom ->
       if
       :: reg[r].peer[whom] == WATCHED -> reg[r].peer[whom] = INACTIVE
       :: else
       fi;
       send(r, p, INIT_TAKEOVER_ACK, whom)
    :: else /* p is the one to abort */
    fi
}

inline take_takeover_server(r, p, whom) {
    if
    :: whom == r ->
       for (i : 0 .. ELEMENTS - 1) {
           if
           :: OWNS(r, i) -> claim(r, i, p)
           :: else
           fi
       }
       if
       :: LITERALLY(r) -> skip
       :: else -> announce(r, PRESENCE, 0)
       fi
    :: else ->
       if
       :: reg[r].target == whom -> stop_takeover(r)
       :: else
       fi;
       reg[r].peer[whom] = GONE;
       for (i : 0 .. ELEMENTS - 1) {
           if
           :: reg[r].home[i] == whom -> reg[r].home[i] = p
           :: else
           fi
       }
    fi;
    i = 0
}

inline take_presence(r, p) {
    if
    :: !LITERALLY(r) || reg[r].target == p -> reg[r].peer[p] = WATCHED
    :: else
    fi;
    if
    :: reg[r].target == p -> stop_takeover(r)
    :: else
    fi
}

inline take_removal(r, p, e) {
    if
    :: DELETES(r) || reg[r].home[e] == p -> reg[r].home[e] = NONE; reg[r].contested[e] = NONE
    :: else
    fi
}

inline take_request(r, p, own) {
    packed = 0;
    for (i : 0 .. ELEMENTS - 1) {
        if
        :: own && OWNS(r, i) -> packed = packed | SET(i)
        :: !own -> packed = packed | (reg[r].home[i] << (2 * i))
        :: else
        fi
    }
    i = 0;
    if
    :: reg[r].starting -> skip
    :: else -> send(r, p, (own -> OWN_TABLE : WHOLE_TABLE), packed)
    fi
}

/* Resynchronisation: what is in the table is claimed, what was p's and is not in it goes. */
inline take_own_table(r, p, set) {
    for (i : 0 .. ELEMENTS - 1) {
        if
        :: set & SET(i) -> claim(r, i, p)
        :: !(set & SET(i)) && reg[r].home[i] == p -> reg[r].home[i] = NONE
        :: else
        fi
    }
    i = 0;
    reg[r].fetching = NONE
}

inline take_whole_table(r, homes) {
    for (i : 0 .. ELEMENTS - 1) {
        reg[r].home[i] = ((homes >> (2 * i)) & 3)
    }
    i = 0;
    reg[r].fetching = NONE;
    reg[r].starting = 0
}

inline take(r, p) {
    if
    :: reg[r].peer[p] == GONE -> reg[r].peer[p] = WATCHED /* a new peer: RFC 5353, 3.4.1 */
    :: else
    fi;
    if
    :: kind == INIT_TAKEOVER -> take_init_takeover(r, p, argument)
    :: kind == INIT_TAKEOVER_ACK && reg[r].target == argument -> reg[r].awaiting = reg[r].awaiting & ~SET(p)
    :: kind == TAKEOVER_SERVER -> take_takeover_server(r, p, argument)
    :: kind == PRESENCE -> take_presence(r, p)
    :: kind == ADD_PE -> claim(r, argument, p)
    :: kind == DEL_PE -> take_removal(r, p, argument)
    :: kind == REQUEST -> take_request(r, p, argument)
    :: kind == OWN_TABLE && reg[r].fetching == p && !reg[r].starting -> take_own_table(r, p, argument)
    :: kind == WHOLE_TABLE && reg[r].fetching == p && reg[r].starting -> take_whole_table(r, argument)
    :: else
    fi
}

/* With -DROUNDS each registrar audits each peer at most once in a heartbeat cycle, and when nothing is under way a cycle
 * is over only after all audits that have something to find. Without it audits come in any order, and one
 * registrar could audit for ever before another does for the first time: that is no life, and of no interest. */
#define DIFFERS(r, p) (SERVES(r) && SERVES(p) && reg[r].peer[p] == WATCHED && reg[r].fetching == NONE && DIFFER(r, p))
#ifdef ROUNDS
#define PAIR(r, p) SET(((r) - 1) * 2 + ((p) > (r) -> (p) - 2 : (p) - 1))
#define MAY_AUDIT(r, p) (DIFFERS(r, p) && !(audited & PAIR(r, p)))
byte audited; /* pairs, in this cycle */
inline note_audit(r, p) { audited = audited | PAIR(r, p) }
proctype Cycle() {
end:
    do
    :: atomic { audited != 0 && QUIET && !MAY_AUDIT(1, 2) && !MAY_AUDIT(1, 3) && !MAY_AUDIT(2, 1) && !MAY_AUDIT(2, 3) &&
                !MAY_AUDIT(3, 1) && !MAY_AUDIT(3, 2) -> audited = 0 }
    od
}
#else
#define MAY_AUDIT(r, p) DIFFERS(r, p)
inline note_audit(r, p) { skip }
#endif

inline held() {
#ifdef HELD
    for (i : 0 .. ELEMENTS - 1) {
        assert(at[i] == NONE || LITERALLY(at[i]) || OWNS(at[i], i) /* held */)
    }
    i = 0
#else
    skip
#endif
}

/* What a registrar does about one peer. */
proctype Link(byte r, p) {
end:
    do
    :: atomic { WIRE(p, r)?kind, argument ->
           printf("%d takes from %d: %d (%d)\n", r, p, kind, argument); take(r, p); held() }
    /* a dead peer is found dead, perhaps by both others at once */
    :: atomic { SERVES(r) && !reg[p].alive && reg[r].peer[p] == WATCHED && reg[r].target == NONE -> begin_takeover(r, p) }
#ifndef MUTANT_NOT_WATCHED_AGAIN
    /* the takeover of an inactive peer was not announced in time */
    :: atomic { !LITERALLY(r) && SERVES(r) && reg[r].peer[p] == INACTIVE && DUE -> run_out(); reg[r].peer[p] = WATCHED }
#endif
    /* heartbeat to one that has taken us out of its list */
    :: atomic { SERVES(r) && reg[p].alive && reg[p].peer[r] == GONE && DUE -> run_out(); send(r, p, PRESENCE, 0) }
#ifndef MUTANT_NO_AUDIT
    /* audit: p's checksum is not that of our copy */
    :: atomic { MAY_AUDIT(r, p) && DUE -> run_out(); note_audit(r, p); reg[r].fetching = p; send(r, p, REQUEST, 1) }
#endif
    od
}

/* What a registrar does about one element. */
proctype Care(byte r, e) {
end:
    do
    /* the acknowledgement of the keep-alive comes: stay its home, and say so */
    :: atomic { reg[r].contested[e] != NONE && at[e] == r ->
           printf("%d stays home of %d\n", r, e); reg[r].contested[e] = NONE; announce(r, ADD_PE, e) }
    /* it does not come, or not in time */
    :: atomic { reg[r].contested[e] != NONE && (at[e] != r || early > 0) ->
           if
           :: at[e] == r -> early--
           :: else
           fi;
           yield(r, e, reg[r].contested[e]); held() }
#ifndef MUTANT_NO_EXPIRY
    /* nobody came in time: registration ran out, or the grace after a takeover */
    :: atomic { !ADOPTED(r) && SERVES(r) && OWNS(r, e) && !reg[r].open[e] && DUE ->
           run_out(); printf("%d removes %d\n", r, e); reg[r].home[e] = NONE; announce(r, DEL_PE, e) }
#endif
    /* the loss of the connection is noticed */
    :: atomic { reg[r].open[e] && at[e] != r && reg[r].contested[e] == NONE -> reg[r].open[e] = 0 }
    od
}

inline ask_mentor(r, m) { reg[r].fetching = m; send(r, m, REQUEST, 0) }

/* What a registrar does about its group. */
proctype Group(byte r, p, q) {
end:
    do
    :: atomic { WON(r) -> finish_takeover(r); held() }
#ifndef MUTANT_WAITS_FOR_EVER
    /* the wait for acknowledgements is bounded */
    :: atomic { !LITERALLY(r) && reg[r].target != NONE && reg[r].awaiting != 0 && DUE -> run_out(); reg[r].awaiting = 0 }
#endif
    :: atomic { reg[r].starting && reg[r].fetching == NONE ->
           if
           :: SERVES(p) -> ask_mentor(r, p)
           :: SERVES(q) -> ask_mentor(r, q)
           :: !SERVES(p) && !SERVES(q) -> reg[r].starting = 0
           fi }
    /* the table does not come */
    :: atomic { reg[r].fetching != NONE && DUE -> run_out(); reg[r].fetching = NONE }
    od
}

inline register(r, e) {
    printf("%d registers at %d\n", e, r);
    at[e] = r;
    reg[r].open[e] = 1;
    reg[r].home[e] = r;
    reg[r].contested[e] = NONE;
    announce(r, ADD_PE, e)
}

/* An element without home hunts. */
proctype Element(byte e) {
end:
    do
    :: atomic { at[e] == NONE && !dead[e] ->
           if
           :: SERVES(1) -> register(1, e)
           :: SERVES(2) -> register(2, e)
           :: SERVES(3) -> register(3, e)
           fi; held() }
    od
}

inline flush(from, to) {
    do
    :: WIRE(from, to)?kind, argument
    :: empty(WIRE(from, to)) -> break
    od
}

inline maybe_flush(from, to) {
    if
    :: flush(from, to)
    :: nempty(WIRE(from, to)) -> skip
    fi
}

inline forget(r) {
    for (i : 0 .. ELEMENTS - 1) {
        reg[r].home[i] = NONE;
        reg[r].open[i] = 0;
        reg[r].contested[i] = NONE;
        if
#ifdef MUTANT_FENCE_KEEPS_CHANNELS
        :: at[i] == r && !reg[r].alive -> at[i] = NONE
#else
        :: at[i] == r -> at[i] = NONE
#endif
        :: else
        fi
    }
    i = 0;
    for (j : 1 .. 3) {
        reg[r].peer[j] = WATCHED
    }
    j = 0;
    stop_takeover(r);
    reg[r].fetching = NONE;
    reg[r].starting = 0
}

inline crash(r, p, q) {
    printf("%d crashes\n", r);
    reg[r].alive = 0;
    forget(r);
    flush(p, r);
    flush(q, r);
    maybe_flush(r, p);
    maybe_flush(r, q)
}

inline begin_anew(r, p, q) {
    printf("%d begins anew\n", r);
    forget(r);
    reg[r].starting = 1;
    flush(p, r);
    flush(q, r);
    flush(r, p);
    flush(r, q)
}

#define MAY_SUSPECT(r, p) (suspicions > 0 && SERVES(r) && reg[p].alive && reg[r].peer[p] == WATCHED && reg[r].target == NONE)
#define MAY_LEAVE(e) (moves > 0 && at[e] != NONE)
#define MAY_DIE(e) (deaths > 0 && !dead[e])

inline die(e) { printf("%d dies\n", e); dead[e] = 1; at[e] = NONE }
inline leave(e) { printf("%d leaves %d\n", e, at[e]); at[e] = NONE }

/* What goes wrong, and when: any part of the budgets, in any order, at any time. */
proctype Faults() {
    byte crashes = CRASHES, suspicions = SUSPICIONS, fences = FENCES, moves = MOVES, deaths = DEATHS;
    do
    :: atomic { crashes > 0 && reg[1].alive -> crashes--; crash(1, 2, 3) }
    :: atomic { crashes > 0 && reg[2].alive -> crashes--; crash(2, 1, 3) }
    :: atomic { crashes > 0 && reg[3].alive -> crashes--; crash(3, 1, 2) }
    :: atomic { fences > 0 && SERVES(1) -> fences--; begin_anew(1, 2, 3) }
    :: atomic { fences > 0 && SERVES(2) -> fences--; begin_anew(2, 1, 3) }
    :: atomic { fences > 0 && SERVES(3) -> fences--; begin_anew(3, 1, 2) }
    :: atomic { MAY_SUSPECT(1, 2) -> suspicions--; begin_takeover(1, 2) }
    :: atomic { MAY_SUSPECT(1, 3) -> suspicions--; begin_takeover(1, 3) }
    :: atomic { MAY_SUSPECT(2, 1) -> suspicions--; begin_takeover(2, 1) }
    :: atomic { MAY_SUSPECT(2, 3) -> suspicions--; begin_takeover(2, 3) }
    :: atomic { MAY_SUSPECT(3, 1) -> suspicions--; begin_takeover(3, 1) }
    :: atomic { MAY_SUSPECT(3, 2) -> suspicions--; begin_takeover(3, 2) }
    :: atomic { MAY_LEAVE(0) -> moves--; leave(0) }
    :: atomic { MAY_DIE(0) -> deaths--; die(0) }
#if ELEMENTS > 1
    :: atomic { MAY_LEAVE(1) -> moves--; leave(1) }
    :: atomic { MAY_DIE(1) -> deaths--; die(1) }
#endif
    :: atomic { crashes = 0; suspicions = 0; fences = 0; moves = 0; deaths = 0; break }
    od
}

#define LEFT_INACTIVE(r) (!LITERALLY(r) && \
                          (reg[r].peer[1] == INACTIVE || reg[r].peer[2] == INACTIVE || reg[r].peer[3] == INACTIVE))
#define WAITS(r) (reg[r].alive && (reg[r].target != NONE || reg[r].starting || reg[r].fetching != NONE || CONTESTS(r) || \
                                   LEFT_INACTIVE(r)))

byte lost, owners, owner, kept, disagreed; /* what the monitor counts */

/* The fates of element e at rest. */
inline judge(e) {
    lost = 0;
    owners = 0;
    kept = 0;
    disagreed = 0;
    for (i : 1 .. 3) {
        if
        :: reg[i].alive && reg[i].home[e] == NONE -> lost++
        :: reg[i].alive && OWNS(i, e) -> owners++; owner = i; kept++
        :: reg[i].alive && reg[i].home[e] != NONE && !OWNS(i, e) -> kept++
        :: else
        fi
    }
    for (i : 1 .. 3) {
        if
        :: reg[i].alive && reg[i].home[e] != owner -> disagreed++
        :: else
        fi
    }
    i = 0;
    if
    :: dead[e] -> assert(kept == 0)
#ifdef PLAIN
    :: !dead[e] && at[e] == PLAIN -> skip /* nothing is promised for the elements of an RFC registrar */
    :: !dead[e] && at[e] != PLAIN ->
#else
    :: else ->
#endif
       assert(owners <= 1);
#ifndef OWNERS_ALONE
       assert(lost == 0);
       assert(owners == 1);
       assert(disagreed == 0);
#ifndef LITERAL
       assert(at[e] == owner)
#endif
#endif
    fi
}

active proctype Monitor() {
    atomic { timeout -> skip };
    atomic {
        !WAITS(1) && !WAITS(2) && !WAITS(3);
        judge(0);
#if ELEMENTS > 1
        judge(1)
#endif
    }
}

/* All three serve; the elements are at the first registrar, the second at any. */
inline begin(e, r) {
    at[e] = r;
    reg[1].home[e] = r;
    reg[2].home[e] = r;
    reg[3].home[e] = r;
    reg[r].open[e] = 1
}

init {
    atomic {
        reg[1].alive = 1;
        reg[2].alive = 1;
        reg[3].alive = 1;
        if
        :: begin(0, 1)
        :: begin(0, 2)
        :: begin(0, 3)
        fi;
#if ELEMENTS > 1
        if
        :: begin(1, 1)
        :: begin(1, 2)
        fi;
#endif
        run Link(1, 2);
        run Link(1, 3);
        run Link(2, 1);
        run Link(2, 3);
        run Link(3, 1);
        run Link(3, 2);
        run Group(1, 2, 3);
        run Group(2, 1, 3);
        run Group(3, 1, 2);
        for (i : 0 .. ELEMENTS - 1) {
            run Care(1, i);
            run Care(2, i);
            run Care(3, i);
            run Element(i)
        }
        i = 0;
#ifdef ROUNDS
        run Cycle();
#endif
        run Faults()
    }
}
