
/* Append all pool entries of a Handle Table Response. */
/*@ requires wire_open(out, capacity, position);
    requires \valid_read(source + (0 .. length - 1)) && \valid_read(message);
    requires \separated(out + (0 .. capacity - 1), source + (0 .. length - 1));
    requires \separated(message, out + (0 .. capacity - 1));
    requires enrp_message_inside(message, length);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position <= \result;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
static uint32_t put_pool_entries(const struct enrp_message *message, const uint8_t *source,
                                 uint32_t length, uint8_t *out, uint32_t capacity, uint32_t position)
{
    struct wire_iterator it;
    struct enrp_pool_entry entry;
    it.next = message->pool_entries.next;
    it.end = message->pool_entries.end;
    /*@ loop invariant open: position <= capacity;
        loop invariant ordered: it.next <= it.end;
        loop invariant grows: position == WIRE_FULL || \at(position, Pre) <= position;
        loop invariant full: \at(position, Pre) == WIRE_FULL ==> position == WIRE_FULL;
        loop assigns it, entry, position, out[\at(position, Pre) .. wire_last(capacity, \at(position, Pre))];
        loop variant it.end - it.next;
    */
    while (position != WIRE_FULL && enrp_pool_entry_next(source, length, &it, &entry)) {
        position = wire_put_pool_handle(out, capacity, position, source + entry.pool_handle.offset,
                                        entry.pool_handle.length);
        position = wire_copy_pool_elements(out, capacity, position, source, length, &entry.pool_elements);
    }
    return position;
}
