/* `poolproof keygen`: makes pre-shared keys and adds them to key files.
 *
 *     poolproof keygen
 *         prints a new key of 256 bits as hexadecimal digits
 *     poolproof keygen --identity NAME --role ROLE[,ROLE...] --key-file FILE
 *                      [--pool HANDLE|PREFIX*]... [--address IP]... [--server ID]
 *                      [--client-file FILE]
 *         adds a line to the registrar's key file (key_file.h), and the client's own line, without
 *         the rights, to its file; prints what was added, but no key. A registrar's server
 *         identifier stands in both: it is needed with that role, and says who it is
 *
 * Both files are created with mode 0600 when they are not there, and changed whole or not at all.
 * Before anything is changed, both are read as they would be after.
 */
#ifndef POOLPROOF_NET_COMMAND_KEYGEN_H
#define POOLPROOF_NET_COMMAND_KEYGEN_H

/* Runs the command; argv[0] is "poolproof keygen". Returns 0 when done, 1 when a file or the system
 * would not, 2 for wrong usage; what is wrong goes to the standard error. */
int command_keygen(int argc, char **argv);

#endif
