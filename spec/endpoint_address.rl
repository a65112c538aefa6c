# Where to listen or to connect: HOST, HOST:PORT, [IPV6], [IPV6]:PORT, or `*` for HOST, which means
# every address of this machine. An IPv6 address may name its scope (RFC 4007, 11): [fe80::1%eth0].
# Underscores are no part of a host name by RFC 1123, but names of containers have them.
#
# A reader collects the bytes of the host on `host_byte` (a name or an IPv4 address) or
# `ipv6_byte` (between the brackets), or notes `every_address`, and adds up the port on
# `port_digit`: never more than 65535, never 0. Which of the two a host is, and whether the bytes in
# brackets are an IPv6 address, the machines below and text_host_name tell; no text is both.
%%{
    machine text_endpoint_address;
    alphtype unsigned char;

    action host_byte {}
    action ipv6_byte {}
    action every_address {}
    action port_digit {}

    label = [A-Za-z0-9_] ([A-Za-z0-9_\-]* [A-Za-z0-9_])?;
    name = label ('.' label)* '.'?;
    host = name $host_byte;
    scope = '%' [A-Za-z0-9._\-]{1,15};
    ipv6 = '[' ([0-9A-Fa-f:.]{2,45} scope?) $ipv6_byte ']';

    port = [1-9] [0-9]{0,3} | [1-5] [0-9]{4} | '6' [0-4] [0-9]{3} | '65' [0-4] [0-9]{2}
         | '655' [0-2] [0-9] | '6553' [0-5];

    main := (host | ipv6 | '*' @every_address) (':' (port $port_digit))?;
}%%

# Four numbers 0 to 255 without leading zeros (which some programs read as octal).
%%{
    machine text_ipv4_address;
    alphtype unsigned char;

    action digit {}
    action dot {}

    octet = ([0-9] | [1-9] [0-9] | '1' [0-9]{2} | '2' [0-4] [0-9] | '25' [0-5]) $digit;

    main := octet ('.' @dot octet){3};
}%%

# RFC 4291, 2.2 in the three forms that RFC 3986, 3.2.2 spells out; no scope.
%%{
    machine text_ipv6_address;
    alphtype unsigned char;

    octet = [0-9] | [1-9] [0-9] | '1' [0-9]{2} | '2' [0-4] [0-9] | '25' [0-5];
    ipv4 = octet ('.' octet){3};
    group = [0-9A-Fa-f]{1,4};
    last = group ':' group | ipv4;

    main := (group ':'){6} last
          | '::' (group ':'){5} last
          | group? '::' (group ':'){4} last
          | ((group ':'){0,1} group)? '::' (group ':'){3} last
          | ((group ':'){0,2} group)? '::' (group ':'){2} last
          | ((group ':'){0,3} group)? '::' group ':' last
          | ((group ':'){0,4} group)? '::' last
          | ((group ':'){0,5} group)? '::' group
          | ((group ':'){0,6} group)? '::';
}%%
