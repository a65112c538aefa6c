/* A function that is proved at once; as its mutant has it, only with more steps, and another prover. */

/*@ requires a: 1 <= a <= 1000;
    requires b: 1 <= b <= 1000;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures less: \result <= a * b;
*/
int below(int a, int b)
{
    return a + b - a - b;
}
