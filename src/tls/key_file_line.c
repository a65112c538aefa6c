/* The reader of key_file_line.h: the automaton's actions, one small function each.
 *
 * Bounds that the grammar already keeps (a key of at most 64 bytes) are checked once more,
 * because the proof does not look into the automaton's tables.
 */
#include "key_file_line.h"
#include "text_key_file.h"

/* The state of an empty line; array contents do not matter. */
/*@ requires \valid(line);
    terminates \true;
    exits \false;
    assigns *line;
    ensures valid: valid_key_file_line(line);
    ensures empty: line->identity_length == 0 && line->roles == 0 && line->key_length == 0;
*/
static void line_clear(struct key_file_line *line)
{
    line->identity_length = 0;
    line->roles = 0;
    line->digit = 0;
    line->key_length = 0;
    line->pool_count = 0;
    line->address_count = 0;
    line->server_identifier = 0;
    line->server_given = false;
    /*@ loop invariant 0 <= i <= ACCESS_POOLS_MAX;
        loop invariant \forall integer j; 0 <= j < i ==> line->pool[j].length == 0;
        loop assigns i, line->pool[0 .. ACCESS_POOLS_MAX - 1];
        loop variant ACCESS_POOLS_MAX - i;
    */
    for (uint32_t i = 0; i < ACCESS_POOLS_MAX; i++) {
        line->pool[i].length = 0;
    }
    /*@ loop invariant 0 <= i <= ACCESS_ADDRESSES_MAX;
        loop invariant \forall integer j; 0 <= j < i ==> line->address[j].length == 0;
        loop assigns i, line->address[0 .. ACCESS_ADDRESSES_MAX - 1];
        loop variant ACCESS_ADDRESSES_MAX - i;
    */
    for (uint32_t i = 0; i < ACCESS_ADDRESSES_MAX; i++) {
        line->address[i].length = 0;
    }
}

/* The value of a hexadecimal digit; 0 for any other byte. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures digit: \result <= 15;
    ensures decimal: '0' <= byte <= '9' ==> \result == byte - '0';
    ensures lower: 'a' <= byte <= 'f' ==> \result == byte - 'a' + 10;
    ensures upper: 'A' <= byte <= 'F' ==> \result == byte - 'A' + 10;
*/
static uint8_t hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return (uint8_t)(byte - '0');
    }
    if (byte >= 'a' && byte <= 'f') {
        return (uint8_t)(byte - 'a' + 10);
    }
    if (byte >= 'A' && byte <= 'F') {
        return (uint8_t)(byte - 'A' + 10);
    }
    return 0;
}

/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->identity_length, line->identity[0 .. ACCESS_NAME_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t add_identity_byte(struct key_file_line *line, uint8_t byte)
{
    if (line->identity_length == ACCESS_NAME_MAX) {
        return KEY_FILE_LONG_IDENTITY;
    }
    line->identity[line->identity_length] = byte;
    line->identity_length++;
    return KEY_FILE_GOOD;
}

/* The role that an action stands for; 0 for other actions. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures role: \result == 0 || \result == ROLE_POOL_ELEMENT || \result == ROLE_POOL_USER ||
                  \result == ROLE_REGISTRAR || \result == ROLE_ADMINISTRATOR;
*/
static uint8_t role_of(uint8_t action)
{
    if (action == TEXT_KEY_LINE_ROLE_POOL_ELEMENT) {
        return ROLE_POOL_ELEMENT;
    }
    if (action == TEXT_KEY_LINE_ROLE_POOL_USER) {
        return ROLE_POOL_USER;
    }
    if (action == TEXT_KEY_LINE_ROLE_REGISTRAR) {
        return ROLE_REGISTRAR;
    }
    if (action == TEXT_KEY_LINE_ROLE_ADMINISTRATOR) {
        return ROLE_ADMINISTRATOR;
    }
    return 0;
}

/* Gives a role; one that was named before stays. */
/*@ requires \valid(line) && valid_key_file_line(line);
    requires role: role == ROLE_POOL_ELEMENT || role == ROLE_POOL_USER ||
                   role == ROLE_REGISTRAR || role == ROLE_ADMINISTRATOR;
    terminates \true;
    exits \false;
    assigns line->roles;
    ensures valid: valid_key_file_line(line);
    ensures given: (line->roles / role) % 2 == 1;
*/
static void add_role(struct key_file_line *line, uint8_t role)
{
    if (line->roles / role % 2u == 0u) {
        line->roles = (uint8_t)(line->roles + role);
    }
}

/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->key_length, line->key[0 .. KEY_FILE_KEY_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t add_key_byte(struct key_file_line *line, uint8_t low)
{
    if (line->key_length == KEY_FILE_KEY_MAX) {
        return KEY_FILE_SYNTAX;
    }
    line->key[line->key_length] = (uint8_t)(line->digit * 16u + hex_value(low));
    line->key_length++;
    return KEY_FILE_GOOD;
}

/* Adds a byte to the pool pattern being read, which is the one after the last complete one. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->pool[0 .. ACCESS_POOLS_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t add_pool_byte(struct key_file_line *line, uint8_t byte)
{
    if (line->pool_count == ACCESS_POOLS_MAX) {
        return KEY_FILE_MANY_POOLS;
    }
    struct access_pattern *pool = &line->pool[line->pool_count];
    if (pool->length == ACCESS_PATTERN_MAX) {
        return KEY_FILE_LONG_PATTERN;
    }
    pool->bytes[pool->length] = byte;
    pool->length++;
    return KEY_FILE_GOOD;
}

/*@ requires \valid(line) && valid_key_file_line(line);
    requires prefix <= 1;
    terminates \true;
    exits \false;
    assigns line->pool_count, line->pool[0 .. ACCESS_POOLS_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t end_pool(struct key_file_line *line, uint8_t prefix)
{
    if (line->pool_count == ACCESS_POOLS_MAX) {
        return KEY_FILE_MANY_POOLS;
    }
    line->pool[line->pool_count].prefix = prefix;
    line->pool_count++;
    return KEY_FILE_GOOD;
}

/* Adds a character to the address being read, and keeps it terminated. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->address[0 .. ACCESS_ADDRESSES_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t add_address_byte(struct key_file_line *line, uint8_t byte)
{
    if (line->address_count == ACCESS_ADDRESSES_MAX) {
        return KEY_FILE_MANY_ADDRESSES;
    }
    struct key_file_address *address = &line->address[line->address_count];
    if (address->length == KEY_FILE_ADDRESS_MAX) {
        return KEY_FILE_LONG_ADDRESS;
    }
    address->text[address->length] = (char)(byte % 128u); /* the grammar has only ASCII there */
    address->length++;
    address->text[address->length] = '\0';
    return KEY_FILE_GOOD;
}

/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->address_count;
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t end_address(struct key_file_line *line)
{
    if (line->address_count == ACCESS_ADDRESSES_MAX) {
        return KEY_FILE_MANY_ADDRESSES;
    }
    line->address_count++;
    return KEY_FILE_GOOD;
}

/* Whether the line's roles contain that of a registrar. Division, not a mask: contracts speak of it. */
/*@ requires \valid_read(line);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures role: \result <==> access_role_set(line->roles, ROLE_REGISTRAR);
*/
static bool is_registrar(const struct key_file_line *line)
{
    return line->roles / ROLE_REGISTRAR % 2u != 0u;
}

/* At `server=`: the roles stand before the rights, so it is known whether it may stand here. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->server_given;
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
    ensures once: \result == KEY_FILE_GOOD ==> !\old(line->server_given);
    ensures registrar: \result == KEY_FILE_GOOD ==> access_role_set(line->roles, ROLE_REGISTRAR);
*/
static uint8_t begin_server(struct key_file_line *line)
{
    if (!is_registrar(line)) {
        return KEY_FILE_NO_REGISTRAR;
    }
    if (line->server_given) {
        return KEY_FILE_MANY_SERVERS;
    }
    line->server_given = true;
    return KEY_FILE_GOOD;
}

/* One more digit of a server identifier; one too many is refused, not cut off. */
/*@ requires \valid(line) && valid_key_file_line(line);
    requires base: base == 10 || base == 16;
    requires digit: digit < base;
    terminates \true;
    exits \false;
    assigns line->server_identifier;
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
    ensures number: \result == KEY_FILE_GOOD ==>
      line->server_identifier == \old(line->server_identifier) * base + digit;
    ensures long: \result != KEY_FILE_GOOD ==>
      \old(line->server_identifier) * base + digit > UINT32_MAX;
*/
static uint8_t add_server_digit(struct key_file_line *line, uint32_t base, uint8_t digit)
{
    uint64_t number = (uint64_t)line->server_identifier * base + digit;
    if (number > UINT32_MAX) {
        return KEY_FILE_BAD_SERVER;
    }
    line->server_identifier = (uint32_t)number;
    return KEY_FILE_GOOD;
}

/* The actions on a server identifier; nothing for others. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->server_given, line->server_identifier;
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t act_on_server(struct key_file_line *line, uint8_t action, uint8_t byte)
{
    if (action == TEXT_KEY_LINE_SERVER_BEGIN) {
        return begin_server(line);
    }
    if (action == TEXT_KEY_LINE_SERVER_DECIMAL) {
        uint8_t digit = hex_value(byte) % 10u; /* the grammar has only 0 to 9 there */
        return add_server_digit(line, 10u, digit);
    }
    if (action == TEXT_KEY_LINE_SERVER_HEXADECIMAL) {
        return add_server_digit(line, 16u, hex_value(byte));
    }
    if (action == TEXT_KEY_LINE_SERVER_END && line->server_identifier == 0u) {
        return KEY_FILE_BAD_SERVER;
    }
    return KEY_FILE_GOOD;
}

/* The actions on pools and addresses; nothing for others. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->digit, line->pool_count, line->address_count,
            line->pool[0 .. ACCESS_POOLS_MAX - 1], line->address[0 .. ACCESS_ADDRESSES_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t act_on_right(struct key_file_line *line, uint8_t action, uint8_t byte)
{
    if (action == TEXT_KEY_LINE_POOL_BYTE) {
        return add_pool_byte(line, byte);
    }
    if (action == TEXT_KEY_LINE_POOL_ESCAPE_HIGH) {
        line->digit = hex_value(byte);
        return KEY_FILE_GOOD;
    }
    if (action == TEXT_KEY_LINE_POOL_ESCAPE_LOW) {
        return add_pool_byte(line, (uint8_t)(line->digit * 16u + hex_value(byte)));
    }
    if (action == TEXT_KEY_LINE_POOL_EXACT) {
        return end_pool(line, 0);
    }
    if (action == TEXT_KEY_LINE_POOL_PREFIX) {
        return end_pool(line, 1);
    }
    if (action == TEXT_KEY_LINE_ADDRESS_BYTE) {
        return add_address_byte(line, byte);
    }
    if (action == TEXT_KEY_LINE_ADDRESS_END) {
        return end_address(line);
    }
    return KEY_FILE_GOOD;
}

/* The actions on roles, identity and key; nothing for others. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns line->digit, line->roles, line->identity_length, line->identity[0 .. ACCESS_NAME_MAX - 1],
            line->key_length, line->key[0 .. KEY_FILE_KEY_MAX - 1];
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t act_on_entry(struct key_file_line *line, uint8_t action, uint8_t byte)
{
    uint8_t role = role_of(action);
    if (role != 0u) {
        add_role(line, role);
        return KEY_FILE_GOOD;
    }
    if (action == TEXT_KEY_LINE_IDENTITY_BYTE) {
        return add_identity_byte(line, byte);
    }
    if (action == TEXT_KEY_LINE_KEY_HIGH) {
        line->digit = hex_value(byte);
        return KEY_FILE_GOOD;
    }
    if (action == TEXT_KEY_LINE_KEY_LOW) {
        return add_key_byte(line, byte);
    }
    return KEY_FILE_GOOD;
}

/* Carries out one action of the automaton: one of three functions knows it, the others do nothing. */
/*@ requires \valid(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns *line;
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t act(struct key_file_line *line, uint8_t action, uint8_t byte)
{
    uint8_t fault = act_on_entry(line, action, byte);
    if (fault == KEY_FILE_GOOD) {
        fault = act_on_right(line, action, byte);
    }
    return fault == KEY_FILE_GOOD ? act_on_server(line, action, byte) : fault;
}

/* Takes one byte: moves the automaton and acts. */
/*@ requires \valid(line) && valid_key_file_line(line);
    requires \valid(state) && \separated(state, line);
    terminates \true;
    exits \false;
    assigns *line, *state;
    ensures valid: valid_key_file_line(line);
    ensures known: \result <= KEY_FILE_INCOMPLETE;
*/
static uint8_t take_byte(struct key_file_line *line, uint8_t *state, uint8_t byte)
{
    uint8_t action = text_key_line_action(*state, byte);
    *state = text_key_line_step(*state, byte);
    if (*state == 0u) {
        return KEY_FILE_SYNTAX;
    }
    return act(line, action, byte);
}

/* Each registrar has a server identifier, and nobody else has one. */
/*@ requires \valid_read(line);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result <= KEY_FILE_INCOMPLETE;
    ensures both: \result == KEY_FILE_GOOD <==>
      (access_role_set(line->roles, ROLE_REGISTRAR) <==> line->server_identifier != 0);
*/
static uint8_t judge_server(const struct key_file_line *line)
{
    if (is_registrar(line)) {
        return line->server_identifier == 0u ? KEY_FILE_NO_SERVER : KEY_FILE_GOOD;
    }
    return line->server_identifier != 0u ? KEY_FILE_NO_REGISTRAR : KEY_FILE_GOOD;
}

/* After the last byte: is a line that names an identity whole? */
/*@ requires \valid_read(line) && valid_key_file_line(line);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result <= KEY_FILE_INCOMPLETE;
    ensures whole: \result == KEY_FILE_GOOD ==> line->identity_length == 0 || whole_entry(line);
*/
static uint8_t judge_end(const struct key_file_line *line, uint8_t state)
{
    if (!text_key_line_final(state)) {
        return KEY_FILE_SYNTAX;
    }
    if (line->identity_length > 0u && (line->roles == 0u || line->key_length < KEY_FILE_KEY_MIN)) {
        return KEY_FILE_INCOMPLETE;
    }
    return line->identity_length > 0u ? judge_server(line) : KEY_FILE_GOOD;
}

bool key_file_line_read(const uint8_t *text, uint32_t length, struct key_file_line *line,
                        struct key_file_verdict *verdict)
{
    uint8_t state = text_key_line_start();
    uint8_t fault = KEY_FILE_GOOD;
    uint32_t i = 0;
    line_clear(line);
    /*@ loop invariant 0 <= i <= length;
        loop invariant valid_key_file_line(line);
        loop invariant fault <= KEY_FILE_INCOMPLETE;
        loop invariant started: i == 0 ==> fault == KEY_FILE_GOOD;
        loop assigns i, fault, state, *line;
        loop variant length - i;
    */
    while (i < length && fault == KEY_FILE_GOOD) {
        fault = take_byte(line, &state, text[i]);
        i++;
    }
    if (fault == KEY_FILE_GOOD) {
        fault = take_byte(line, &state, '\n');
        i++;
    }
    if (fault == KEY_FILE_GOOD) {
        fault = judge_end(line, state);
    }
    verdict->fault = fault;
    verdict->column = i;
    return fault == KEY_FILE_GOOD;
}
