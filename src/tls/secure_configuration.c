/* Loads, counts and releases the configurations of secure_configuration.h. */
#include "secure_configuration.h"
#include "secure_configuration_parts.h"

#include <stdlib.h>
#include <string.h>

/* ---- servers ---- */

static bool server_options_are_whole(const struct secure_server_options *options,
                                     struct secure_problem *problem)
{
    if ((options->certificate_file == NULL) != (options->private_key_file == NULL)) {
        secure_problem_set(problem, "a certificate needs its private key, and a private key its "
                                    "certificate; name both files or neither");
        return false;
    }
    if (options->certificate_file == NULL && options->key_file == NULL) {
        secure_problem_set(problem, "neither a certificate nor a key file; name at least one, or "
                                    "nobody could connect");
        return false;
    }
    return true;
}

static bool server_files_load(struct secure_server_configuration *configuration,
                              const struct secure_server_options *options,
                              struct secure_problem *problem)
{
    if (options->certificate_file != NULL) {
        configuration->identity = certificate_identity_load(options->certificate_file,
                                                            options->private_key_file, problem);
        if (configuration->identity == NULL) {
            return false;
        }
    }
    if (options->key_file != NULL) {
        configuration->keys = key_file_load(options->key_file, problem);
        return configuration->keys != NULL;
    }
    return true;
}

struct secure_server_configuration *
secure_server_configuration_load(const struct secure_server_options *options,
                                 struct secure_problem *problem)
{
    if (!server_options_are_whole(options, problem)) {
        return NULL;
    }
    struct secure_server_configuration *configuration = calloc(1, sizeof *configuration);
    if (configuration == NULL) {
        secure_problem_set(problem, "no memory for the configuration");
        return NULL;
    }
    configuration->references = 1;
    configuration->rsa_aes128_cbc_sha = options->rsa_aes128_cbc_sha;
    if (!server_files_load(configuration, options, problem)) {
        secure_server_configuration_release(configuration);
        return NULL;
    }
    return configuration;
}

const struct access_rules *
secure_server_configuration_rules(const struct secure_server_configuration *configuration)
{
    return configuration->keys == NULL ? NULL : key_file_rules(configuration->keys);
}

const struct key_file *
secure_server_configuration_keys(const struct secure_server_configuration *configuration)
{
    return configuration->keys;
}

void secure_server_configuration_retain(struct secure_server_configuration *configuration)
{
    configuration->references++;
}

void secure_server_configuration_release(struct secure_server_configuration *configuration)
{
    if (configuration == NULL || --configuration->references > 0) {
        return;
    }
    certificate_identity_free(configuration->identity);
    key_file_free(configuration->keys);
    free(configuration);
}

/* ---- clients ---- */

/* Which identity of its key file a client is. */
static bool choose_identity(struct secure_client_configuration *configuration,
                            const struct secure_client_options *options,
                            struct secure_problem *problem)
{
    uint32_t count = key_file_count(configuration->keys);
    if (options->identity == NULL) {
        if (count != 1) {
            secure_problem_at(problem, options->key_file, 0, 0,
                              "has %u identities; say which one is ours", count);
            return false;
        }
        configuration->key_index = 0;
        return true;
    }
    configuration->key_index =
        key_file_find(configuration->keys, (const uint8_t *)options->identity,
                      (uint32_t)strnlen(options->identity, SECURE_IDENTITY_MAX + 1u));
    if (configuration->key_index == KEY_FILE_NONE) {
        secure_problem_at(problem, options->key_file, 0, 0,
                          "has no identity \"%.128s\"; add it (poolproof keygen) or name another",
                          options->identity);
        return false;
    }
    return true;
}

static bool client_files_load(struct secure_client_configuration *configuration,
                              const struct secure_client_options *options,
                              struct secure_problem *problem)
{
    if ((options->key_file == NULL) == (options->trust_anchors_file == NULL)) {
        secure_problem_set(problem, "a client authenticates the server with a key file or with "
                                    "trust anchors; name exactly one of them");
        return false;
    }
    if (options->key_file == NULL) {
        return certificate_anchors_load(&configuration->anchors, options->trust_anchors_file,
                                        problem);
    }
    configuration->keys = key_file_load(options->key_file, problem);
    return configuration->keys != NULL && choose_identity(configuration, options, problem);
}

struct secure_client_configuration *
secure_client_configuration_load(const struct secure_client_options *options,
                                 struct secure_problem *problem)
{
    struct secure_client_configuration *configuration = calloc(1, sizeof *configuration);
    if (configuration == NULL) {
        secure_problem_set(problem, "no memory for the configuration");
        return NULL;
    }
    configuration->references = 1;
    configuration->rsa_aes128_cbc_sha = options->rsa_aes128_cbc_sha;
    if (!client_files_load(configuration, options, problem)) {
        secure_client_configuration_release(configuration);
        return NULL;
    }
    return configuration;
}

struct secure_client_configuration *
secure_client_configuration_borrow(struct secure_server_configuration *server, const char *identity,
                                   struct secure_problem *problem)
{
    uint32_t index = server->keys == NULL
                         ? KEY_FILE_NONE
                         : key_file_find(server->keys, (const uint8_t *)identity,
                                         (uint32_t)strnlen(identity, SECURE_IDENTITY_MAX + 1u));
    if (index == KEY_FILE_NONE) {
        secure_problem_set(problem,
                           "the key file has no identity \"%.128s\"; add it (poolproof keygen) or "
                           "name another",
                           identity);
        return NULL;
    }
    struct secure_client_configuration *configuration = calloc(1, sizeof *configuration);
    if (configuration == NULL) {
        secure_problem_set(problem, "no memory for the configuration");
        return NULL;
    }
    secure_server_configuration_retain(server);
    configuration->references = 1;
    configuration->lender = server;
    configuration->keys = server->keys;
    configuration->key_index = index;
    return configuration;
}

void secure_client_configuration_retain(struct secure_client_configuration *configuration)
{
    configuration->references++;
}

void secure_client_configuration_release(struct secure_client_configuration *configuration)
{
    if (configuration == NULL || --configuration->references > 0) {
        return;
    }
    if (configuration->lender == NULL) {
        key_file_free(configuration->keys);
    }
    secure_server_configuration_release(configuration->lender);
    certificate_anchors_free(&configuration->anchors);
    free(configuration);
}
