/* `poolproof decode [--protocol asap|enrp] [--json] [--reencode FILE] FILE...`
 *
 * Shows what an ASAP or ENRP message says: one field a line, as PATH: VALUE, or with --json one JSON
 * object a line (members: message_report.h). Each FILE holds one message, at most 65,535 bytes and
 * its padding; `-` is the standard input. --reencode, with a single FILE, also writes the message as
 * Poolproof itself would send it.
 *
 * Both protocols number their messages from 1, so a message does not say which it belongs to.
 * Without --protocol it is ASAP.
 *
 * A malformed message is reported on the standard error as `FILE: cause, offset N, expected ...`.
 */
#ifndef POOLPROOF_NET_COMMAND_DECODE_H
#define POOLPROOF_NET_COMMAND_DECODE_H

#define EXIT_DECODE_GOOD 0
#define EXIT_DECODE_MALFORMED 1 /* at least one message is malformed */
#define EXIT_DECODE_USAGE 2     /* wrong option, or a file that cannot be read or written */

/* Runs the command; argv[0] is "poolproof decode". Returns one of the exit codes above. */
int command_decode(int argc, char **argv);

#endif
