# One line of the key file, with its final newline (a reader adds one to a last line without):
#
#     IDENTITY ROLE[,ROLE...] KEYHEX [pool=PATTERN]... [address=IP]... [server=ID]
#
# or a comment (`#` first), or nothing but blanks. Fields are separated by blanks (spaces, tabs).
# The rights may come in any order. A PATTERN is as in pool_pattern.rl. The key is 16 to 64 bytes. An ID
# is decimal without zeros before it, or hexadecimal with 0x.
#
# Every byte that means something has an action, and what ends an item has one at the byte after
# it: a role at the comma or blank that follows; a pattern (`pool_exact`, `pool_prefix`), an
# address and a server identifier at the blank or newline that follows; and `server=` has one of its
# own (`server_begin`). So a reader only appends bytes, and acts.
# Not here: at most 128 bytes of identity, at most 255 of a pattern, and whether the bytes of an
# address are one (text_ipv4_address, text_ipv6_address), the range of an ID, and that a registrar has
# one ID and nobody else any, which a reader checks.
%%{
    machine text_key_line;
    alphtype unsigned char;

    action identity_byte {}
    action role_pool_element {}
    action role_pool_user {}
    action role_registrar {}
    action role_administrator {}
    action key_high {}
    action key_low {}
    action pool_byte {}
    action pool_escape_high {}
    action pool_escape_low {}
    action pool_exact {}
    action pool_prefix {}
    action address_byte {}
    action address_end {}
    action server_begin {}
    action server_decimal {}
    action server_hexadecimal {}
    action server_end {}

    blank = [ \t];
    gap = blank+;

    identity = ([!-~] - '#') @identity_byte ([!-~] @identity_byte)*;

    pe = 'pe' [, \t] @role_pool_element;
    pu = 'pu' [, \t] @role_pool_user;
    registrar = 'registrar' [, \t] @role_registrar;
    admin = 'admin' [, \t] @role_administrator;
    # A role takes the byte that ends it: a comma when another follows, a blank when none does.
    role = pe | pu | registrar | admin;
    roles = ((role & (any* ',')) )* (role & (any* blank));

    key = ([0-9A-Fa-f] @key_high [0-9A-Fa-f] @key_low){16,64};

    plain = [!-~] - [*\\];
    escape = '\\x' [0-9A-Fa-f] @pool_escape_high [0-9A-Fa-f] @pool_escape_low;
    handle = (plain @pool_byte | escape)+;
    pool = 'pool=' (handle [ \t\n] @pool_exact | handle? '*' [ \t\n] @pool_prefix);
    address = 'address=' ([0-9A-Fa-f:.] @address_byte)+ [ \t\n] @address_end;
    decimal = '0' @server_decimal | [1-9] @server_decimal ([0-9] @server_decimal)*;
    hexadecimal = '0x' ([0-9A-Fa-f] @server_hexadecimal)+;
    server = 'server=' @server_begin (decimal | hexadecimal) [ \t\n] @server_end;
    right = pool | address | server;

    # Like a role, a right takes the byte after it: only the last may take the newline.
    rights = ((right & (any* blank)) blank*)* ((right & (any* '\n')) | '\n');

    entry = blank* identity gap roles blank* key (gap rights | '\n');
    comment = blank* '#' (any - '\n' - 0)* '\n';
    nothing = blank* '\n';

    main := entry | comment | nothing;
}%%
