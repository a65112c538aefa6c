# A host name as it is configured, given on a command line, or looked for in a certificate.
#
# Labels of letters, digits and inner hyphens, 1 to 63 bytes each, joined by dots (RFC 952,
# RFC 1123, 2.1); one dot may close the name. The last label is not all digits, so that no host
# name reads as an IPv4 address (RFC 1123, 2.1).
# Not here: the limit of 253 bytes for the whole name, which a reader counts.
%%{
    machine text_host_name;
    alphtype unsigned char;

    label_byte = [A-Za-z0-9\-];
    label = label_byte{1,63} & ([A-Za-z0-9] (label_byte* [A-Za-z0-9])?);
    last_label = label - [0-9]+;

    main := (label '.')* last_label '.'?;
}%%
