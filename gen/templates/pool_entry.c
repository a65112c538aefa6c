
/* ---- Pool entries ---------------------------------------------------------------------------------- */

/* Move the iterator to the next pool handle, or to its end when there is none. */
/*@ requires \valid_read(bytes + (0 .. length - 1));
    requires \valid(it);
    requires \separated(it, bytes + (0 .. length - 1));
    requires wire_iterator_inside(it, length);
    terminates \true;
    assigns it->next;
    ensures forward: \old(it->next) <= it->next <= it->end;
*/
static void skip_to_pool_handle(const uint8_t *bytes, uint32_t length, struct wire_iterator *it)
{
    struct wire_iterator ahead;
    struct wire_tlv tlv;
    ahead.next = it->next;
    ahead.end = it->end;
    /*@ loop invariant same: ahead.end == it->end;
        loop invariant ahead: it->next <= ahead.next <= ahead.end;
        loop invariant forward: \at(it->next, Pre) <= it->next;
        loop assigns it->next, ahead.next, tlv;
        loop variant ahead.end - ahead.next;
    */
    while (wire_tlv_next(bytes, length, &ahead, &tlv)) {
        if (tlv.type == PARAMETER_POOL_HANDLE) {
            return;
        }
        it->next = ahead.next;
    }
}

bool enrp_pool_entry_next(const uint8_t *bytes, uint32_t length, struct wire_iterator *it,
                          struct enrp_pool_entry *out)
{
    struct wire_tlv tlv;
    if (!wire_find_next(bytes, length, it, PARAMETER_POOL_HANDLE, PARAMETER_POOL_HANDLE, &tlv)) {
        return false;
    }
    out->pool_handle.offset = tlv.tlv.offset + WIRE_HEADER;
    out->pool_handle.length = tlv.tlv.length - WIRE_HEADER;
    out->pool_elements.next = it->next;
    skip_to_pool_handle(bytes, length, it);
    out->pool_elements.end = it->next;
    return true;
}
