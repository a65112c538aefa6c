/* Formats the sentences of secure_problem.h. Owns nothing. */
#include "secure_problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void secure_problem_set(struct secure_problem *problem, const char *format, ...)
{
    va_list arguments;
    problem->line = 0;
    problem->column = 0;
    va_start(arguments, format);
    (void)vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
}

/* Writes the prefix of a place in a file; returns its length, at most that of the text. */
static size_t write_place(struct secure_problem *problem, const char *file)
{
    char *text = problem->text;
    int length = 0;
    if (problem->line == 0) {
        length = snprintf(text, sizeof problem->text, "%s: ", file);
    } else if (problem->column == 0) {
        length = snprintf(text, sizeof problem->text, "%s:%u: ", file, problem->line);
    } else {
        length = snprintf(text, sizeof problem->text, "%s:%u:%u: ", file, problem->line,
                          problem->column);
    }
    return strnlen(text, length < 0 ? 0 : sizeof problem->text - 1);
}

void secure_problem_at(struct secure_problem *problem, const char *file, uint32_t line,
                       uint32_t column, const char *format, ...)
{
    va_list arguments;
    problem->line = line;
    problem->column = column;
    size_t used = write_place(problem, file);
    va_start(arguments, format);
    (void)vsnprintf(problem->text + used, sizeof problem->text - used, format, arguments);
    va_end(arguments);
}
