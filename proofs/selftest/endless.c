/* A loop without a variant. */
#include <stdint.h>

/*@ requires small: x < 1000;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures next: \result == x + 1;
*/
uint32_t increment(uint32_t x)
{
    /*@ loop assigns \nothing; */
    while (x == 7u) {
    }
    return x + 1u;
}
