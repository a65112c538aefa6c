/* A proof that rests on an axiom. */
#include <stdint.h>

/*@ axiomatic cheat {
      axiom anything: \forall integer x; x + 1 == x + 2;
    }
*/

/*@ requires small: x < 1000;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures next: \result == x + 1;
*/
uint32_t increment(uint32_t x)
{
    return x + 1u;
}
