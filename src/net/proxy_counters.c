/* What a proxy has done: see proxy_counters.h. */
#include "proxy_counters.h"

#include <stdio.h>
#include <unistd.h>

struct proxy_element_count *proxy_counters_element(struct proxy_counters *c,
                                                   const struct network_address *address)
{
    for (uint32_t i = 0; i < c->elements; i++)
        if (network_address_equal(&c->element[i].address, address))
            return &c->element[i];
    if (c->elements == PROXY_ELEMENTS_MAX)
        return NULL;
    c->element[c->elements].address = *address;
    return &c->element[c->elements++];
}

static json_t *elements_json(const struct proxy_counters *c)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < c->elements; i++) {
        char text[NETWORK_ADDRESS_TEXT_MAX];
        network_address_text(&c->element[i].address, text);
        json_array_append_new(list, json_pack("{s:s,s:I,s:I}", "address", text, "connections",
                                              (json_int_t)c->element[i].connections, "failures",
                                              (json_int_t)c->element[i].failures));
    }
    return list;
}

json_t *proxy_counters_json(const struct proxy_counters *c, const char *pool, uint32_t open)
{
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {{"connections", c->connections},
               {"open", open},
               {"refused", c->refused},
               {"relayed", c->relayed},
               {"unserved", c->unserved},
               {"failed_over", c->failed_over},
               {"broken_by_element", c->broken_by_element},
               {"broken_by_client", c->broken_by_client},
               {"bytes_to_elements", c->bytes_to_elements},
               {"bytes_to_clients", c->bytes_to_clients},
               {"failover_ms_sum", c->failover_ms_sum},
               {"failover_ms_max", c->failover_ms_max},
               {"registrar_lost", c->registrar_lost}};
    json_t *object = json_pack("{s:s}", "pool", pool);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        json_object_set_new(object, all[i].name, json_integer((json_int_t)all[i].value));
    json_object_set_new(object, "elements", elements_json(c));
    return object;
}

static bool write_file(const json_t *object, const char *path)
{
    char temporary[512];
    bool good;

    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
        return false;
    good = json_dump_file(object, temporary, JSON_INDENT(1) | JSON_PRESERVE_ORDER) == 0;
    return good && rename(temporary, path) == 0;
}

bool proxy_counters_write(json_t *object, const char *path)
{
    bool good = true;

    if (path != NULL) {
        good = write_file(object, path);
    } else {
        json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        printf("\n");
        good = fflush(stdout) == 0;
    }
    json_decref(object);
    return good;
}
