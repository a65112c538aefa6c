/* The one place where the sum behind the PE checksum changes (RFC 5353, 3.6.2). See handlespace.h. Owns nothing. */
#include "handlespace_internal.h"

/* The theorem checksum_incremental: with one element's part changed by a difference, the sum over all elements changes
 * by that difference. The ghost loops are its induction; they cost nothing when the program runs. */
void handlespace_account(struct handlespace *h, uint32_t element, uint32_t block)
{
    /*@ ghost
        uint32_t i = 0;
        /@ loop invariant range: 0 <= i <= HANDLESPACE_ELEMENTS_MAX;
           loop invariant bound: 0 <= owned_blocks(h, i) <= i * PE_CHECKSUM_BLOCK_MAX;
           loop invariant part: element < i ==> h->element[element].owned_block <= owned_blocks(h, i);
           loop assigns i;
           loop variant HANDLESPACE_ELEMENTS_MAX - i;
        @/
        while (i < HANDLESPACE_ELEMENTS_MAX)
            i++;
    */
    uint64_t before = (uint64_t)h->element[element].owned_block;
    h->element[element].owned_block = (int64_t)block;
    /*@ ghost
        uint32_t k = 0;
        /@ loop invariant range: 0 <= k <= HANDLESPACE_ELEMENTS_MAX;
           loop invariant same: k <= element ==> owned_blocks(h, k) == owned_blocks{Pre}(h, k);
           loop invariant moved: element < k ==>
             owned_blocks(h, k) == owned_blocks{Pre}(h, k) - before + block;
           loop assigns k;
           loop variant HANDLESPACE_ELEMENTS_MAX - k;
        @/
        while (k < HANDLESPACE_ELEMENTS_MAX)
            k++;
    */
    h->owned_sum = h->owned_sum - before + block;
}
