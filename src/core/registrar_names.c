/* Names of audit events and close reasons (registrar_names.h). */
#include "registrar_names.h"

#include "registrar.h"

const char *registrar_audit_name(uint16_t event)
{
    switch (event) {
    case AUDIT_REGISTERED:
        return "registered";
    case AUDIT_REREGISTERED:
        return "reregistered";
    case AUDIT_DEREGISTERED:
        return "deregistered";
    case AUDIT_EXPIRED:
        return "expired";
    case AUDIT_UNREACHABLE_REMOVED:
        return "unreachable-removed";
    case AUDIT_REPORTED_REMOVED:
        return "reported-removed";
    case AUDIT_RULES_REMOVED:
        return "rules-removed";
    case AUDIT_REGISTRATION_REJECTED:
        return "registration-rejected";
    case AUDIT_DEREGISTRATION_REJECTED:
        return "deregistration-rejected";
    case AUDIT_ROLE_REFUSED:
        return "role-refused";
    case AUDIT_POOL_REFUSED:
        return "pool-refused";
    case AUDIT_ADDRESS_REFUSED:
        return "address-refused";
    case AUDIT_IDENTITY_CONFLICT:
        return "identity-conflict";
    case AUDIT_RATE_LIMITED:
        return "rate-limited";
    case AUDIT_MALFORMED:
        return "malformed";
    case AUDIT_CHANNEL_REFUSED:
        return "channel-refused";
    case AUDIT_CHANNEL_CLOSED:
        return "channel-closed";
    case AUDIT_HANDLE_REFUSED:
        return "handle-refused";
    case AUDIT_YIELDED:
        return "yielded";
    default:
        return "unknown";
    }
}

const char *registrar_close_name(uint16_t reason)
{
    switch (reason) {
    case CLOSE_MALFORMED:
        return "malformed";
    case CLOSE_IDENTITY_GONE:
        return "identity-gone";
    case CLOSE_TOO_MANY_CHANNELS:
        return "too-many-channels";
    case CLOSE_UNKNOWN_IDENTITY:
        return "unknown-identity";
    case CLOSE_CHANNEL_IN_USE:
        return "channel-in-use";
    case CLOSE_ELEMENT_YIELDED:
        return "element-yielded";
    default:
        return "unknown";
    }
}
