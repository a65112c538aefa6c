/* A callee without a contract. */
#include <stdint.h>

uint32_t elsewhere(uint32_t x);

/*@ requires small: x < 1000;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures next: \result == x + 1;
*/
uint32_t increment(uint32_t x)
{
    (void)elsewhere(x);
    return x + 1u;
}
