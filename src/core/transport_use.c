/* What a user transport is used for (transport_use.h). */
#include "transport_use.h"

#include "wire_constants.h"

uint16_t transport_use(const struct wire_transport *t)
{
    return t->type == PARAMETER_SCTP_TRANSPORT ? t->use : (uint16_t)TRANSPORT_USE_DATA_ONLY;
}
