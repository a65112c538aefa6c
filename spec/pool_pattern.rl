# Which pools an identity may use: a pool handle (see pool_handle.rl, but without blanks), or the
# first bytes of one followed by a star; a star alone is every pool.
#
# A reader does as for pool handles; `prefix` says that what came before is a prefix.
%%{
    machine text_pool_pattern;
    alphtype unsigned char;

    action byte {}
    action escape_high {}
    action escape_low {}
    action prefix {}

    plain = [!-~] - [*\\];
    escape = '\\x' [0-9A-Fa-f] @escape_high [0-9A-Fa-f] @escape_low;
    handle = (plain @byte | escape)+;

    main := handle | handle? '*' @prefix;
}%%
