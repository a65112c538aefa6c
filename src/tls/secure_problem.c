/* Formats the sentences of secure_problem.h. Owns nothing. */
#include "secure_problem.h"

#include <stdarg.h>
#include <stdio.h>

static void append(struct secure_problem *problem, size_t used, const char *format,
                   va_list arguments)
{
    if (used < sizeof problem->text) {
        (void)vsnprintf(problem->text + used, sizeof problem->text - used, format, arguments);
    }
}

void secure_problem_set(struct secure_problem *problem, const char *format, ...)
{
    va_list arguments;
    problem->line = 0;
    problem->column = 0;
    va_start(arguments, format);
    append(problem, 0, format, arguments);
    va_end(arguments);
}

/* Writes the prefix of a place in a file; returns its length as snprintf counts. */
static int write_place(struct secure_problem *problem, const char *file)
{
    char *text = problem->text;
    if (problem->line == 0) {
        return snprintf(text, sizeof problem->text, "%s: ", file);
    }
    if (problem->column == 0) {
        return snprintf(text, sizeof problem->text, "%s:%u: ", file, problem->line);
    }
    return snprintf(text, sizeof problem->text, "%s:%u:%u: ", file, problem->line, problem->column);
}

void secure_problem_at(struct secure_problem *problem, const char *file, uint32_t line,
                       uint32_t column, const char *format, ...)
{
    va_list arguments;
    problem->line = line;
    problem->column = column;
    int used = write_place(problem, file);
    va_start(arguments, format);
    append(problem, used < 0 ? 0 : (size_t)used, format, arguments);
    va_end(arguments);
}
