/* The version every program reports. */
#ifndef POOLPROOF_NET_VERSION_H
#define POOLPROOF_NET_VERSION_H

#define POOLPROOF_VERSION "0.1.0"

#endif
