/* What a program says while it runs: one line an event, on standard error.
 *
 * On a terminal a line is plain ("time level event key=value ..."), otherwise a JSON object with the
 * members "time" (UTC), "level", "type" ("log" or "audit"), "event", and the event's own. An audit
 * line records who did what to the handlespace or to the daemon and is never held back; other lines
 * below "error" are limited in number a second, so that a flood of bad peers cannot fill a disk, and
 * how many were held back is said afterwards.
 */
#ifndef POOLPROOF_NET_LOG_H
#define POOLPROOF_NET_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR };

enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_PLAIN, LOG_FORMAT_JSON };

/* Chooses the form; AUTO is plain when standard error is a terminal. */
void log_set_format(enum log_format format);
/* Lines below this level are dropped; LEVEL_INFO at first. */
void log_set_level(enum log_level level);
/* Audit lines go to this descriptor instead of standard error; they are always JSON there. */
void log_set_audit_descriptor(int fd);

/* Writes one line. `event` is a dotted name ("channel.ended"); `fields` is an object made by
 * json_pack, which is consumed; NULL: no fields. */
void log_event(enum log_level level, const char *event, json_t *fields);
void log_audit(const char *event, json_t *fields);

/* Bytes that need not be text, such as a pool handle, as a JSON string: printable ASCII as it is,
 * every other byte, space, star and backslash as \xNN. A new reference. */
json_t *json_bytes(const uint8_t *bytes, size_t length);

/* The same into `text`, cut at `room` (with the closing zero). */
void text_of_bytes(const uint8_t *bytes, size_t length, char *text, size_t room);

/* The bytes of a pool handle as somebody typed it (spec/pool_handle.rl): "a\x00b" is three. Takes all that
 * text_of_bytes writes, and spaces. Returns how many, 0 when the text is malformed, empty or means more than
 * `room` bytes, after it has said on standard error which byte of it is wrong and how to write it. */
uint32_t bytes_of_text(const char *text, uint8_t *bytes, size_t room);

#endif
