/* Reads a reference identity (secure_configuration.h): an address, or a host name by the generated
 * automaton of spec/host_name.rl. */
#include "secure_configuration.h"
#include "text_host_name.h"

#include <arpa/inet.h>
#include <string.h>

#define REFERENCE_TEXT_MAX 255u /* a host name with final dot, or an address in brackets */

static bool read_address(struct ip_address *address, const char *text)
{
    if (inet_pton(AF_INET, text, address->bytes) == 1) {
        address->size = 4;
        return true;
    }
    if (inet_pton(AF_INET6, text, address->bytes) == 1) {
        address->size = 16;
        return true;
    }
    return false;
}

/* "[...]" around an IPv6 address. */
static bool read_bracketed(struct ip_address *address, const char *text, size_t length)
{
    char inner[INET6_ADDRSTRLEN];
    if (length < 2 || text[0] != '[' || text[length - 1] != ']' || length - 2 >= sizeof inner) {
        return false;
    }
    memcpy(inner, text + 1, length - 2);
    inner[length - 2] = '\0';
    if (inet_pton(AF_INET6, inner, address->bytes) != 1) {
        return false;
    }
    address->size = 16;
    return true;
}

static bool is_host_name(const char *text, size_t length)
{
    uint8_t state = text_host_name_start();
    for (size_t i = 0; i < length; i++) {
        state = text_host_name_step(state, (uint8_t)text[i]);
    }
    return text_host_name_final(state);
}

static char to_small(char c)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char small[] = "abcdefghijklmnopqrstuvwxyz";
    const char *at = c != '\0' ? strchr(capitals, c) : NULL;
    if (at == NULL) {
        return c;
    }
    return small[at - capitals];
}

/* Keeps a host name in small letters, without the final dot. */
static bool keep_host_name(struct secure_reference *reference, const char *text, size_t length)
{
    if (length > 0 && text[length - 1] == '.') {
        length--;
    }
    if (length == 0 || length > SECURE_HOST_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        reference->host_name[i] = to_small(text[i]);
    }
    return true;
}

bool secure_reference_parse(struct secure_reference *reference, const char *text,
                            struct secure_problem *problem)
{
    size_t length = strnlen(text, REFERENCE_TEXT_MAX + 1u);
    memset(reference, 0, sizeof *reference);
    if (length <= REFERENCE_TEXT_MAX && (read_address(&reference->address, text) ||
                                         read_bracketed(&reference->address, text, length))) {
        return true;
    }
    if (length <= REFERENCE_TEXT_MAX && is_host_name(text, length) &&
        keep_host_name(reference, text, length)) {
        return true;
    }
    memset(reference, 0, sizeof *reference);
    secure_problem_set(problem,
                       "\"%.64s\" is neither an address nor a host name of letters, digits, "
                       "hyphens and dots; write a name in another script in its xn-- form",
                       text);
    return false;
}
