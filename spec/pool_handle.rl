# A pool handle as it is configured or typed. On the wire a pool handle is any string of bytes
# (RFC 5354, 3.9); as text it is printable ASCII, where `\xHH` stands for any one byte. A backslash
# and a star are only written so (`\x5c`, `\x2a`): a star marks a pattern (pool_pattern.rl).
#
# A reader appends the symbol on `byte`, takes the two halves of a byte on `escape_high` and
# `escape_low`, and counts: at most 255 bytes (POOL_HANDLE_MAX).
%%{
    machine text_pool_handle;
    alphtype unsigned char;

    action byte {}
    action escape_high {}
    action escape_low {}

    plain = [ -~] - [*\\];
    escape = '\\x' [0-9A-Fa-f] @escape_high [0-9A-Fa-f] @escape_low;

    main := (plain @byte | escape)+;
}%%
