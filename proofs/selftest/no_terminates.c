/* A contract that does not promise termination. */
#include <stdint.h>

/*@ requires small: x < 1000;
    exits \false;
    assigns \nothing;
    ensures next: \result == x + 1;
*/
uint32_t increment(uint32_t x)
{
    return x + 1u;
}
