/* The PE checksum (RFC 5353, 3.6.2): the Internet checksum (RFC 1071) over one block per owned element.
 *
 * The block of an element is the pool handle, padded with zero bytes to a multiple of four, and the 32-bit
 * PE identifier. Registrars exchange the checksum of the elements they own in every ENRP_PRESENCE; a
 * difference starts a resynchronisation, so a registrar needs it at any moment and cannot walk all
 * elements for it.
 *
 * What is kept is not the 16-bit checksum but the exact sum of the blocks' 16-bit words, as an ordinary
 * integer: adding and subtracting blocks is then plain arithmetic, in any order, with no loss. The sum is
 * folded and complemented only when it is read. Both ways give the same number: pe_checksum_of_sum's
 * contract says the fold is the one's complement sum, and zero only for the empty sum.
 *
 * Sizes: a word is below 2^16, a block has at most 64 * 2 + 2 words, so a block is below 2^24 and the sum
 * over 2^18 elements below 2^42.
 *
 * Pure functions; nothing is kept here.
 */
#ifndef POOLPROOF_CORE_PE_CHECKSUM_H
#define POOLPROOF_CORE_PE_CHECKSUM_H

#include <stdint.h>

#define PE_CHECKSUM_HANDLE_MAX 255u        /* bytes of a pool handle */
#define PE_CHECKSUM_HANDLE_SUM_MAX 8388480 /* 128 words of 65,535 */
#define PE_CHECKSUM_BLOCK_MAX 8519550      /* and two more for the identifier */

/*@ // The sum of the big-endian 16-bit words of the first n bytes, a last odd byte padded with a zero byte.
    // Byte i stands for b[i] * 256 when i is even, for b[i] when it is odd.
    logic integer handle_words{L}(uint8_t *b, integer n) =
      n <= 0 ? 0 : handle_words(b, n - 1) + (n % 2 == 1 ? b[n - 1] * 256 : b[n - 1]);

    // The two words of a PE identifier.
    logic integer identifier_words(integer id) = id / 65536 + id % 65536;

    // The 16-bit one's complement sum that RFC 1071 makes of words whose exact sum is s.
    logic integer ones_complement(integer s) = s == 0 ? 0 : (s - 1) % 65535 + 1;

    // RFC 1071's addition: a carry out of the 16 bits is added back at the low end.
    logic integer ones_complement_add(integer a, integer b) =
      a + b > 65535 ? a + b - 65535 : a + b;
*/

/* Sum of the 16-bit words of a padded pool handle; 0 .. PE_CHECKSUM_HANDLE_SUM_MAX. */
/*@ requires length: length <= PE_CHECKSUM_HANDLE_MAX;
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures words: \result == handle_words(handle, length);
    ensures bound: \result <= PE_CHECKSUM_HANDLE_SUM_MAX;
*/
uint32_t pe_checksum_handle(const uint8_t *handle, uint32_t length);

/* Sum of the two 16-bit words of a PE identifier; 0 .. 131,070. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures words: \result == identifier_words(pe_identifier);
    ensures bound: \result <= 131070;
*/
uint32_t pe_checksum_identifier(uint32_t pe_identifier);

/* The PE checksum of blocks whose words sum up to `sum`: folded with end-around carry, complemented.
 * No block at all gives 0xffff; since a word that is not zero never folds to zero, nothing else does
 * unless every word is zero. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures rfc1071: \result == 65535 - ones_complement(sum);
    ensures congruent: (65535 - \result) % 65535 == sum % 65535;
    ensures empty: \result == 65535 <==> sum == 0;
*/
uint16_t pe_checksum_of_sum(uint64_t sum);

#endif
