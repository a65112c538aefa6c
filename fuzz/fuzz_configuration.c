/* Any bytes as a configuration of the daemon. What is accepted keeps to every range and is one the registrar takes; what
 * is refused is refused in a sentence that names the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration.h"

#define FUZZ_INPUT_MAX 8192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void oracle(bool good, const char *rule)
{
    if (!good) {
        (void)fprintf(stderr, "violated: %s\n", rule);
        abort();
    }
}

static void check_group(const struct configuration *c)
{
    bool group = configuration_has_group(c);

    oracle(enrp_configuration_valid(&c->enrp), "ENRP takes it");
    uint32_t places = c->peer_count + c->discovery.srv_places + c->discovery.multicast_places;

    oracle(places <= ENRP_PEERS_MAX && (!group || places == c->enrp.server_count), "peers fit");
    oracle(!group || (c->discovery.srv[0] != '\0') == (c->discovery.srv_places > 0),
           "a service has places");
    oracle(c->enrp_listen_count <= CONFIGURATION_LISTEN_MAX, "ENRP addresses fit");
    oracle(c->peer_count == 0 || c->enrp_listen_count > 0, "one with peers listens to them");
    oracle((c->identity[0] != '\0') == (group && c->secure), "registrars have keys with TLS alone");
    oracle(!group || !c->secure || c->key_file[0] != '\0', "a secure group has a key file");
    for (uint32_t p = 0; p < c->peer_count; p++) {
        oracle((c->peer[p].address.length > 0) != (c->peer[p].host[0] != '\0'),
               "a peer has an address or a name");
        oracle((c->peer[p].identity[0] != '\0') == c->secure, "so have peers");
        oracle(c->peer[p].server_identifier != c->registrar.server_identifier, "we are no peer");
    }
}

static void check_good(const struct configuration *c)
{
    check_group(c);
    oracle(registrar_configuration_valid(&c->registrar), "the registrar takes it");
    oracle(c->listen_count >= 1 && c->listen_count <= CONFIGURATION_LISTEN_MAX, "it listens");
    oracle(c->admin_count <= CONFIGURATION_ADMINS_MAX, "administrators fit");
    oracle(c->connections_max >= 1 && c->connections_max <= REGISTRAR_CHANNELS_MAX,
           "connections are channels");
    oracle(c->output_max >= 131072u, "the largest message fits the output");
    oracle(c->registrar.server_identifier != 0, "there is a server identifier");
    oracle((c->certificate_file[0] != '\0') == (c->private_key_file[0] != '\0'),
           "certificate and key come together");
    oracle(c->secure == (c->key_file[0] != '\0' || c->certificate_file[0] != '\0'),
           "TLS has keys, plain text has none");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct configuration configuration;
    char problem[CONFIGURATION_PROBLEM_MAX];
    const size_t length = size > FUZZ_INPUT_MAX ? FUZZ_INPUT_MAX : size;

    if (configuration_parse("conf", (const char *)data, length, &configuration, problem)) {
        check_good(&configuration);
        return 0;
    }
    oracle(memchr(problem, '\0', sizeof problem) != NULL, "a problem is a string");
    oracle(strncmp(problem, "conf:", 5) == 0 && strlen(problem) > 6, "a problem names the file");
    return 0;
}
