/* A sentence for the operator: what is wrong, where, and what to do about it. */
#ifndef POOLPROOF_TLS_SECURE_PROBLEM_H
#define POOLPROOF_TLS_SECURE_PROBLEM_H

#include <stdint.h>

#define SECURE_PROBLEM_MAX 512u

struct secure_problem {
    uint32_t line;                 /* in the file that the text names, from 1; 0: the whole file */
    uint32_t column;               /* in that line, from 1; 0: the whole line */
    char text[SECURE_PROBLEM_MAX]; /* "FILE:LINE:COLUMN: what is wrong; remedy", NUL-terminated */
};

/* Fills `problem` from a printf format; cut at SECURE_PROBLEM_MAX. Never give it a secret. */
void secure_problem_set(struct secure_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a place in a file: the text gets the prefix "FILE:LINE:COLUMN: " (parts that are 0
 * are left out). */
void secure_problem_at(struct secure_problem *problem, const char *file, uint32_t line,
                       uint32_t column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
