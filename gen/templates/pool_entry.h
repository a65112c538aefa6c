
/* A pool entry of an ENRP_HANDLE_TABLE_RESPONSE (RFC 5353, 2.3): a pool handle and its elements. */
struct enrp_pool_entry {
    struct wire_span pool_handle;       /* its bytes */
    struct wire_iterator pool_elements; /* wire_pool_element_next */
};

/* The next pool entry of message.pool_entries; false when there is no more. */
/*@ requires \valid_read(bytes + (0 .. length - 1));
    requires \valid(it) && \valid(out);
    requires \separated(it, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns *it, *out;
    ensures end: it->end == \old(it->end);
    ensures progress: \result ==> \old(it->next) < it->next <= it->end;
    ensures handle: \result ==> wire_inside(out->pool_handle.offset, out->pool_handle.length, length);
    ensures elements: \result ==> wire_iterator_inside(&out->pool_elements, length);
*/
bool enrp_pool_entry_next(const uint8_t *bytes, uint32_t length, struct wire_iterator *it,
                          struct enrp_pool_entry *out);
