/* A contradictory precondition. */
#include <stdint.h>

/*@ requires small: x < 1000;
    requires large: x > 1000;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures next: \result == x + 1;
*/
uint32_t increment(uint32_t x)
{
    return x + 1u;
}
