/* The insides of secure_configuration.h: for secure_endpoint.c and secure_channel.c. */
#ifndef POOLPROOF_TLS_SECURE_CONFIGURATION_PARTS_H
#define POOLPROOF_TLS_SECURE_CONFIGURATION_PARTS_H

#include "certificate_store.h"
#include "key_file.h"

#include <stdbool.h>
#include <stdint.h>

struct secure_server_configuration {
    uint32_t references;
    bool rsa_aes128_cbc_sha;
    struct certificate_identity *identity; /* NULL: pre-shared keys only */
    struct key_file *keys;                 /* NULL: certificates only */
};

struct secure_client_configuration {
    uint32_t references;
    bool rsa_aes128_cbc_sha;
    struct key_file *keys;                      /* NULL: certificates, by `anchors` */
    uint32_t key_index;                         /* our identity in `keys` */
    struct secure_server_configuration *lender; /* whose `keys` are; NULL: our own */
    struct certificate_anchors anchors;
};

#endif
