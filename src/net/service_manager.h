/* What the service manager (systemd) is told: the datagrams of sd_notify(3), without its library.
 *
 * Without NOTIFY_SOCKET in the environment every call does nothing.
 */
#ifndef POOLPROOF_NET_SERVICE_MANAGER_H
#define POOLPROOF_NET_SERVICE_MANAGER_H

/* Opens the socket, while that is still allowed; later calls use it. */
void service_manager_open(void);

void service_manager_ready(void);
void service_manager_reloading(void);
void service_manager_stopping(void);

#endif
